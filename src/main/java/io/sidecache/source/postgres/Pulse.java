/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.source.Trouble;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The heartbeats of one listening connection: looks at the server when it is time, and tells what
 * is proven by what is heard. Made when the connection has caught up.
 *
 * <p>Guarded by the link's lock, which is not held while a look is on its way.
 */
final class Pulse {
  /** The name, the function, the schema is gone, or may not be used any more. */
  private static final Set<String> UNINSTALLED = Set.of("42P01", "42883", "3F000", "42501");

  /** NOTIFY fails with this while the queue is full (async.c, {@code PreCommit_Notify}). */
  private static final String QUEUE_FULL = "54000";

  private final Parts parts;
  private final Owner owner;
  private final Optional<FleetKey> fleetKey;
  private final long timeline;
  private final Pace pace;
  private final Proof proof = new Proof();
  private Timer.Cancellable next = () -> {};
  private boolean looking;
  private boolean stopped;
  private @Nullable String failure;
  private @Nullable String failureState;

  /** What a pulse works with. */
  record Parts(
      Looks looks,
      Heartbeats heartbeats,
      Timer timer,
      Executor executor,
      LongSupplier nanoClock,
      ReentrantLock lock) {}

  /** Whose pulse it is. Called under the lock. */
  interface Owner {
    /** Something has been proven. */
    void proven(Proof.Step step);

    /** A look failed; the next one may not. */
    void unseen(String reason);

    /** What this connection was built on is not so any more. */
    void end(String reason);
  }

  /**
   * Makes it; {@link #begin} starts it.
   *
   * @param fleetKey where there is one, heartbeats of others count if they are signed with it
   * @param timeline of the server that is listened to
   */
  Pulse(Parts parts, Owner owner, Pace pace, Optional<FleetKey> fleetKey, long timeline) {
    this.parts = parts;
    this.owner = owner;
    this.pace = pace;
    this.fleetKey = fleetKey;
    this.timeline = timeline;
  }

  /** Begins to look; the catch-up was the first one. */
  void begin(Heartbeats.Beat beat, Look look) {
    answered(beat, Seen.NOTHING, look);
    tick();
  }

  void stop() {
    stopped = true;
    next.cancel();
  }

  /** Why the newest look failed; empty where it did not. */
  Optional<String> failure() {
    return Optional.ofNullable(failure);
  }

  /** What it means that nothing is heard. */
  Trouble silence() {
    return failure == null ? Trouble.DEAF : unsent(failureState);
  }

  /** What it means that a heartbeat could not be sent. */
  static Trouble unsent(@Nullable String sqlState) {
    return QUEUE_FULL.equals(sqlState) ? Trouble.QUEUE_FULL : Trouble.UNSENT;
  }

  /** Sets the timer anew. */
  private void wind() {
    next.cancel();
    if (!stopped && !looking) {
      long waitNanos = pace.dueNanos() - parts.nanoClock().getAsLong();
      next = parts.timer().schedule(Duration.ofNanos(Math.max(0, waitNanos)), this::tick);
    }
  }

  private void tick() {
    parts.lock().lock();
    try {
      long nowNanos = parts.nanoClock().getAsLong();
      if (stopped || looking) {
        return;
      }
      if (nowNanos - pace.dueNanos() < 0) {
        wind();
        return;
      }
      looking = true;
      boolean sends = pace.sends(nowNanos);
      pace.looking(nowNanos, sends);
      parts.executor().execute(() -> look(sends));
    } finally {
      parts.lock().unlock();
    }
  }

  private void look(boolean sends) {
    try {
      parts.looks().look(() -> parts.heartbeats().issue(sends));
      looked(null, null);
    } catch (SQLException e) {
      looked(reason(e), e.getSQLState());
    } catch (RuntimeException e) {
      // A pool may fail in ways of its own; the beat must go on.
      looked(e.getClass().getName() + ", " + Link.firstLine(e), null);
    }
  }

  static String reason(SQLException e) {
    String told = "SQLSTATE " + e.getSQLState() + ", " + Link.firstLine(e);
    return QUEUE_FULL.equals(e.getSQLState()) ? "the notification queue is full: " + told : told;
  }

  private void looked(@Nullable String reason, @Nullable String sqlState) {
    parts.lock().lock();
    try {
      looking = false;
      if (stopped) {
        return;
      }
      failure = reason;
      failureState = sqlState;
      if (sqlState != null && UNINSTALLED.contains(sqlState)) {
        owner.end("what is installed in the database has changed: " + reason);
        return;
      }
      if (reason != null) {
        owner.unseen(reason);
      }
      wind();
    } finally {
      parts.lock().unlock();
    }
  }

  /** Under the lock: a look of this history was answered, this pulse's or somebody's demand. */
  void answered(Heartbeats.Beat beat, Seen before, Look look) {
    tell(proof.answered(beat, before, look));
  }

  /**
   * A heartbeat was heard. Takes the lock only for what is genuine.
   *
   * @return false where it is forged
   */
  boolean heard(String text) {
    Optional<HeartbeatPayload> payload = HeartbeatPayload.parse(text);
    if (payload.isEmpty()
        || (fleetKey.isPresent() && !HeartbeatPayload.isSigned(text, fleetKey.get()))) {
      return false;
    }
    String nonce = payload.get().nonce();
    boolean ours = parts.heartbeats().isOurs(nonce);
    Optional<Heartbeats.Beat> beat = ours ? parts.heartbeats().heard(nonce) : Optional.empty();
    if (ours && beat.isEmpty()) {
      return false;
    }
    if ((ours || fleetKey.isPresent()) && payload.get().position().timeline() == timeline) {
      heard(payload.get(), beat);
    }
    return true;
  }

  private void heard(HeartbeatPayload payload, Optional<Heartbeats.Beat> own) {
    parts.lock().lock();
    try {
      if (stopped) {
        return;
      }
      if (own.isPresent()) {
        pace.heardOwn(own.get().sentNanos());
      } else if (!proof.isNews(payload.position())) {
        return; // an old one, repeated by somebody; it must not keep us from sending ours
      } else {
        pace.heardAnother(parts.nanoClock().getAsLong());
      }
      tell(proof.heard(payload.position(), own));
      wind();
    } finally {
      parts.lock().unlock();
    }
  }

  /** From here on heartbeats prove nothing until {@link #readingEnded}. */
  void readingBegan() {
    proof.readingBegan();
  }

  void readingEnded() {
    tell(proof.readingEnded());
  }

  private void tell(List<Proof.Step> steps) {
    for (Proof.Step step : steps) {
      if (!stopped) {
        owner.proven(step);
      }
    }
  }
}
