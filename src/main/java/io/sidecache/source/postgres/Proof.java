/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one connection's heartbeats prove about this instance's looks. Not safe for threads.
 *
 * <p>A look was sent at {@code s} and found the server's WAL at {@code L}. Whatever was committed
 * before {@code s} has its commit record below {@code L}. A transaction that notifies holds a lock
 * from before its queueing until after its commit record (async.c, {@code PreCommit_Notify}), so
 * the order of the queue is the order of commits: a heartbeat that read a location of {@code L} or
 * beyond comes behind all of these. Once it is heard, whoever sent it and whenever, everything
 * committed before {@code s} has been received; what nobody was notified of came with the look's
 * own answer. So another sidecar's heartbeat proves our looks, while its own time means nothing to
 * us, and an old one that somebody repeats proves what it proved before.
 *
 * <p>Locations are compared as PostgreSQL orders them, within one history: the owner makes a new
 * proof for every connection and lets in no look of another history.
 *
 * <p>While the log is being read on behalf of a notification, heartbeats behind it prove nothing
 * yet.
 */
final class Proof {
  private static final int MOST_UNPROVEN = 4096;

  private final TreeMap<Long, Answer> answers = new TreeMap<>();
  private final TreeMap<Long, Position> ownHeard = new TreeMap<>();
  private @Nullable Position heard;
  private long provenSequence;
  private long settledLsn;

  private int readings;
  private @Nullable Position heldPosition;
  private final TreeMap<Long, Position> ownHeld = new TreeMap<>();

  private record Answer(Heartbeats.Beat beat, Look look) {}

  /**
   * A look that has been proven.
   *
   * @param own by its own heartbeat
   * @param newest whether no younger look had been proven before
   * @param position where the server stood by the newest heartbeat heard
   * @param settledLsn see {@link Heartbeats.Proven}
   */
  record Step(
      Heartbeats.Beat beat,
      Look look,
      boolean own,
      boolean newest,
      Position position,
      long settledLsn) {}

  /**
   * Whether a location lies behind all that were heard: each heartbeat moves the server's WAL on.
   */
  boolean isNews(Position position) {
    return isBehind(heard, position) && isBehind(heldPosition, position);
  }

  /** A genuine heartbeat of this history was heard; {@code own} where it is one of ours. */
  List<Step> heard(Position position, Optional<Heartbeats.Beat> own) {
    if (readings > 0) {
      heldPosition = later(heldPosition, position);
      own.ifPresent(beat -> put(ownHeld, beat.sequence(), position));
      return List.of();
    }
    heard = later(heard, position);
    own.ifPresent(beat -> put(ownHeard, beat.sequence(), position));
    return prove();
  }

  /** A look was answered, and its rows were passed on. */
  List<Step> answered(Heartbeats.Beat beat, Seen before, Look look) {
    answers.put(beat.sequence(), new Answer(beat, look));
    if (answers.size() > MOST_UNPROVEN) {
      answers.pollFirstEntry();
    }
    // Who wrote silently at or before that location was attached before it, so this look, being
    // sent later, would have seen the attachment.
    settledLsn = look.silent() ? 0 : before.lsn();
    return prove();
  }

  /** From here on heartbeats prove nothing until the reading is done. */
  void readingBegan() {
    readings++;
  }

  List<Step> readingEnded() {
    readings--;
    if (readings > 0 || heldPosition == null) {
      return List.of();
    }
    heard = later(heard, heldPosition);
    ownHeard.putAll(ownHeld);
    heldPosition = null;
    ownHeld.clear();
    return prove();
  }

  private List<Step> prove() {
    Position at = heard;
    if (at == null) {
      return List.of();
    }
    List<Step> steps = new ArrayList<>();
    Answer newest = newestBelow(at);
    for (Answer answer : List.copyOf(answers.values())) {
      long sequence = answer.beat.sequence();
      Position own = ownHeard.remove(sequence);
      if (own != null) {
        answers.remove(sequence);
        steps.add(step(answer, true, at));
      } else if (answer.equals(newest)) {
        steps.add(step(answer, false, at));
      }
    }
    // One that goes without a heartbeat has nothing to wait for once a younger one is proven.
    answers.values().removeIf(a -> !a.beat.sends() && a.beat.sequence() <= provenSequence);
    return steps;
  }

  private @Nullable Answer newestBelow(Position at) {
    for (Answer answer : answers.descendingMap().values()) {
      if (answer.beat.sequence() <= provenSequence) {
        return null;
      }
      if (Long.compareUnsigned(answer.look.position().lsn(), at.lsn()) <= 0) {
        return answer;
      }
    }
    return null;
  }

  private Step step(Answer answer, boolean own, Position at) {
    boolean newest = answer.beat.sequence() > provenSequence;
    provenSequence = Math.max(provenSequence, answer.beat.sequence());
    long settled = Long.compareUnsigned(settledLsn, at.lsn()) <= 0 ? settledLsn : at.lsn();
    return new Step(answer.beat, answer.look, own, newest, at, settled);
  }

  private static void put(NavigableMap<Long, Position> map, long sequence, Position position) {
    map.put(sequence, position);
    if (map.size() > MOST_UNPROVEN) {
      map.pollFirstEntry();
    }
  }

  private static boolean isBehind(@Nullable Position one, Position other) {
    return one == null || Long.compareUnsigned(one.lsn(), other.lsn()) < 0;
  }

  private static @Nullable Position later(@Nullable Position one, @Nullable Position other) {
    if (other == null) {
      return one;
    }
    return one != null && Long.compareUnsigned(one.lsn(), other.lsn()) >= 0 ? one : other;
  }
}
