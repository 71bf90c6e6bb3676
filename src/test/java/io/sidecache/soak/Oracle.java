/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToIntFunction;

/**
 * Knows what the database holds and what was promised, and judges every answer. Safe from any
 * thread.
 *
 * <p>Times are of one monotonic clock: a commit's is read after the commit returned, a request's
 * before it is sent. So whatever lies between them only makes an answer's duty smaller than it
 * might be, and no margin for scheduling is needed. For an answer to a request begun at {@code r}:
 *
 * <ul>
 *   <li><b>P0</b> The version was committed or may be about to be; never one that was rolled back.
 *   <li><b>P1</b> What is known to have been applied stays applied, whatever the answer's status. A
 *       {@code DELETE} that was answered 204 has come back through the listening connection, so all
 *       that had been committed before it began has been applied by its end: an answer begun later
 *       is not older. And where only shared loads put values in memory (none is begun anew), an
 *       answer is not older than one that ended before {@code r} and was a plain hit or {@code
 *       stored}. (A look-aside filler may legally put an older value over a newer one until the
 *       newer one's invalidation arrives, so this second form is not claimed for it.)
 *   <li><b>P2</b> A plain hit is not older than the newest version committed before {@code r - }
 *       heartbeat timeout: the heartbeat that vouches for it was sent after that. A load may in
 *       addition be as old as its time limit.
 *   <li><b>P4</b> An answer to a read that carries the position of a commit is not older than it.
 *   <li><b>P5</b> No plain hit for a request begun in the dark, which starts one heartbeat timeout
 *       after the last moment at which a heartbeat that can still be heard may have been sent. An
 *       answer that is no plain hit says in known words why, a stale hit is not older than {@code
 *       max-stale}, and a value that cannot be given is refused in a foreseen way (429 and 503,
 *       which say when to ask again, or 504).
 * </ul>
 *
 * <p>An answer of {@link Subject#AGEING} that says {@code stale-while-revalidate} or {@code
 * stale-if-error} comes from memory past its end and has not been invalidated. So it owes all that
 * a plain hit does; in addition it is past its end, by no more than its window, and no plain hit
 * is. No other cache gives such answers.
 *
 * <p>P3 is the sum: {@link Completeness} compares everything with the database when the faults are
 * over, and in between a change that a gap had swallowed would break P2.
 */
public final class Oracle {
  static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(1);
  static final Duration LOAD_TIMEOUT = Duration.ofSeconds(1);
  static final Duration MAX_STALE = Duration.ofSeconds(20);

  /**
   * Of {@link Subject#AGEING}. Shorter than the heartbeat timeout by so much that a load can fail
   * past both the life and the first window while freshness is still proven.
   */
  static final Duration AGEING_LOAD_TIMEOUT = Duration.ofMillis(200);

  static final Duration LIFE = Duration.ofMillis(400);

  static final Duration REFRESH_AFTER = Duration.ofMillis(250);
  static final Duration STALE_WHILE_REVALIDATE = Duration.ofMillis(100);
  static final Duration STALE_IF_ERROR = Duration.ofSeconds(10);

  private static final int MOST_TOLD = 20;
  private static final long LIGHT = Long.MAX_VALUE;

  private final long heartbeatTimeoutNanos;
  private final long loadTimeoutNanos;
  private final Map<Subject, List<KeyHistory>> histories = new EnumMap<>(Subject.class);
  private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();
  private final LongAdder violationCount = new LongAdder();

  public final Tally tally = new Tally();

  private volatile long appliedNanos = System.nanoTime();
  private volatile long darkNanos = LIGHT;

  Oracle() {
    this(HEARTBEAT_TIMEOUT, LOAD_TIMEOUT, subject -> subject.keys);
  }

  /**
   * An oracle for a sidecar with other settings than the soak's.
   *
   * @param keys how many keys each subject has
   */
  public Oracle(Duration heartbeatTimeout, Duration loadTimeout, ToIntFunction<Subject> keys) {
    this.heartbeatTimeoutNanos = heartbeatTimeout.toNanos();
    this.loadTimeoutNanos = loadTimeout.toNanos();
    for (Subject subject : Subject.values()) {
      List<KeyHistory> all = new ArrayList<>();
      for (int key = 1; key <= keys.applyAsInt(subject); key++) {
        all.add(new KeyHistory(subject, key, appliedNanos));
      }
      histories.put(subject, all);
    }
  }

  public KeyHistory history(Subject subject, int key) {
    return histories.getOrDefault(subject, List.of()).get(key - 1);
  }

  /** All that was committed before this time has been applied by now. One thread calls this. */
  public void applied(long beforeNanos) {
    appliedNanos = beforeNanos;
  }

  /** From this time on no heartbeat can be sent that will be heard. */
  void dark(long fromNanos) {
    darkNanos = fromNanos + heartbeatTimeoutNanos;
  }

  /** Heartbeats may be heard again; called before what stopped them is lifted. */
  void light() {
    darkNanos = LIGHT;
  }

  /**
   * What an answer owes, taken before the request is sent.
   *
   * @param afterVersion the version whose position the request carries, or {@link KeyHistory#NONE}
   */
  public record Duty(
      KeyHistory of, long begunNanos, long appliedNanos, long witnessed, long afterVersion) {}

  public Duty duty(KeyHistory history, long afterVersion) {
    long applied = appliedNanos;
    long witnessed = history.subject.isMonotonic() ? history.witnessed() : KeyHistory.NONE;
    return new Duty(history, System.nanoTime(), applied, witnessed, afterVersion);
  }

  /** Judges one answer. */
  public void judge(Duty duty, Answer answer) {
    long endedNanos = System.nanoTime();
    KeyHistory history = duty.of;
    tally.answered(answer);
    if (answer.isFromMemory() && duty.begunNanos - darkNanos > 0 && darkNanos != LIGHT) {
      report("P5: a hit in the dark", duty, answer);
    }
    if (!isHonest(history.subject, answer)) {
      report("P5: unknown or dishonest status", duty, answer);
    }
    boolean absent = answer.status() == 404;
    if (answer.status() != 200 && !(absent && history.subject.readThrough)) {
      return; // nothing was given
    }
    long version = absent ? KeyHistory.ABSENT : version(history, answer.body());
    history.answered(version, answer.cacheStatus(), duty.begunNanos, endedNanos);
    if (!absent && !history.isPossible(version)) {
      report("P0: a version that never was", duty, answer);
      return;
    }
    long least = judgeAge(duty, answer, version);
    if (history.subject.isMonotonic() && (answer.isFromMemory() || answer.isStored())) {
      long witness = absent ? history.absentFrom(least) : version;
      history.witness(witness);
    }
  }

  /** The version that the answer's age allowed at least. */
  private long judgeAge(Duty duty, Answer answer, long version) {
    KeyHistory history = duty.of;
    long applied = history.floor(duty.appliedNanos);
    long bound = heartbeatTimeoutNanos + (answer.isFromMemory() ? 0 : loadTimeoutNanos);
    long settled = answer.isGapHit() ? KeyHistory.NONE : history.floor(duty.begunNanos - bound);
    expect("P1: older than what had been applied", applied, duty, answer, version);
    expect("P1: older than an answer before", duty.witnessed, duty, answer, version);
    expect("P2: too stale", settled, duty, answer, version);
    expect("P4: older than the position asked for", duty.afterVersion, duty, answer, version);
    return Math.max(Math.max(applied, duty.witnessed), Math.max(settled, duty.afterVersion));
  }

  private void expect(String promise, long least, Duty duty, Answer answer, long version) {
    if (least == KeyHistory.NONE) {
      return;
    }
    boolean kept =
        version == KeyHistory.ABSENT
            ? duty.of.absentFrom(least) != KeyHistory.NONE
            : version >= least;
    if (!kept) {
      report(promise + " (at least version " + least + ")", duty, answer);
    }
  }

  private static boolean isHonest(Subject subject, Answer answer) {
    return switch (answer.status()) {
      case 200, 404 ->
          (answer.isPlainHit() && !(subject == Subject.AGEING && isPast(LIFE, answer)))
              || answer.isForwarded()
              || (answer.isGapHit() && !isPast(MAX_STALE, answer))
              || (subject == Subject.AGEING && isInItsWindow(answer));
      case 429, 503 -> answer.retryAfter() && !answer.isFromMemory() && !answer.isGapHit();
      case 504 -> !answer.isFromMemory() && !answer.isGapHit();
      default -> false;
    };
  }

  private static boolean isPast(Duration limit, Answer answer) {
    return answer.age() > limit.toSeconds();
  }

  /** The ttl is the floor of the seconds, so it is -1 for all of the first. */
  private static boolean isInItsWindow(Answer answer) {
    if (answer.isStaleWhileRevalidate()) {
      return answer.ttl() < 0 && -answer.ttl() <= STALE_WHILE_REVALIDATE.toSeconds() + 1;
    }
    return answer.isStaleIfError() && -answer.ttl() <= STALE_IF_ERROR.toSeconds();
  }

  /** A value is "key:version", so that a mix-up of keys shows, too. */
  private static long version(KeyHistory history, String body) {
    int colon = body.indexOf(':');
    if (colon < 1 || !body.substring(0, colon).equals(Integer.toString(history.key))) {
      return Long.MAX_VALUE;
    }
    return Long.parseLong(body.substring(colon + 1));
  }

  private void report(String promise, Duty duty, Answer answer) {
    violated(promise + "; the answer: " + answer, duty.of, duty.begunNanos);
  }

  /** Takes note of a violation. */
  void violated(String what, KeyHistory history, long begunNanos) {
    violationCount.increment();
    if (violations.size() < MOST_TOLD) {
      violations.add(
          "%s\n  %s key %d, asked at %.6f\n%s"
              .formatted(
                  what,
                  history.subject.title(),
                  history.key,
                  begunNanos / 1e9,
                  history.describe()));
    }
  }

  public long violationCount() {
    return violationCount.sum();
  }

  /** The first violations, each with its key's history. */
  public List<String> violations() {
    return List.copyOf(violations);
  }
}
