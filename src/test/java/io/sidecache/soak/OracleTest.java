/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the oracle says of answers from entries past their end. */
final class OracleTest {
  private static final String WHILE_REVALIDATE =
      "sidecache; hit; ttl=-1; detail=stale-while-revalidate";
  private static final String IF_ERROR = "sidecache; fwd=stale; ttl=-9; detail=stale-if-error";

  private final Oracle oracle = new Oracle();
  private final KeyHistory history = oracle.history(Subject.AGEING, 1);

  private static Answer answer(int status, String cacheStatus, long version) {
    return new Answer(status, cacheStatus, 0, "", true, status == 200 ? "1:" + version : "");
  }

  private long commit() {
    long version = history.issue(false);
    history.committed(version, System.nanoTime());
    return version;
  }

  @ParameterizedTest
  @ValueSource(strings = {WHILE_REVALIDATE, IF_ERROR, "sidecache; fwd=stale; stored"})
  void judge_staleAnswerNotKnownToBeInvalidated_isAllowed(String cacheStatus) {
    commit(); // nobody knows yet whether it has been applied
    oracle.judge(oracle.duty(history, KeyHistory.NONE), answer(200, cacheStatus, 1));
    assertThat(oracle.violations()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {WHILE_REVALIDATE, IF_ERROR, "sidecache; hit"})
  void judge_answerOlderThanAnInvalidationThatWasApplied_isAViolation(String cacheStatus) {
    commit();
    oracle.applied(System.nanoTime());
    oracle.judge(oracle.duty(history, KeyHistory.NONE), answer(200, cacheStatus, 1));
    assertThat(oracle.violations()).singleElement().asString().startsWith("P1");
  }

  @ParameterizedTest
  @ValueSource(strings = {WHILE_REVALIDATE, IF_ERROR})
  void judge_staleAnswerOlderThanTheHeartbeatTimeout_isAViolation(String cacheStatus) {
    long version = history.issue(false);
    long longAgo = System.nanoTime() - Oracle.HEARTBEAT_TIMEOUT.toNanos() - 1;
    history.committed(version, longAgo);
    oracle.judge(oracle.duty(history, KeyHistory.NONE), answer(200, cacheStatus, 1));
    assertThat(oracle.violations()).anyMatch(violation -> violation.startsWith("P2"));
  }

  @ParameterizedTest
  @ValueSource(strings = {WHILE_REVALIDATE, IF_ERROR})
  void judge_staleAnswerInTheDark_isAViolation(String cacheStatus) {
    oracle.dark(System.nanoTime() - 2 * Oracle.HEARTBEAT_TIMEOUT.toNanos());
    oracle.judge(oracle.duty(history, KeyHistory.NONE), answer(200, cacheStatus, 1));
    assertThat(oracle.violations()).singleElement().asString().startsWith("P5");
  }

  @ParameterizedTest
  @CsvSource({
    "hit; ttl=0; detail=stale-while-revalidate",
    "hit; ttl=-2; detail=stale-while-revalidate",
    "fwd=stale; ttl=-11; detail=stale-if-error",
    "hit; detail=stale-while-revalidate",
    "hit; detail=gap; ttl=-1"
  })
  void judge_staleAnswerOutsideItsWindowOrInUnknownWords_isAViolation(String said) {
    oracle.judge(oracle.duty(history, KeyHistory.NONE), answer(200, "sidecache; " + said, 1));
    assertThat(oracle.violations()).singleElement().asString().startsWith("P5");
  }

  @Test
  void judge_plainHitPastItsEnd_isAViolation() {
    Answer old = new Answer(200, "sidecache; hit", 1, "", false, "1:1");
    oracle.judge(oracle.duty(history, KeyHistory.NONE), old);
    assertThat(oracle.violations()).singleElement().asString().startsWith("P5");
  }

  @Test
  void judge_staleAnswerOfACacheThatIsNotSetToGiveAny_isAViolation() {
    oracle.judge(
        oracle.duty(oracle.history(Subject.ROWS, 1), KeyHistory.NONE),
        answer(200, WHILE_REVALIDATE, 1));
    assertThat(oracle.violations()).singleElement().asString().startsWith("P5");
  }

  @Test
  void judge_refusalThatDoesNotSayWhenToAskAgain_isAViolation() {
    Answer refused = new Answer(429, "sidecache; fwd=uri-miss", -1, "", false, "");
    oracle.judge(oracle.duty(history, KeyHistory.NONE), refused);
    assertThat(oracle.violations()).singleElement().asString().startsWith("P5");
  }

  @Test
  void judge_errorThatClaimsToBeFromMemory_isAViolation() {
    oracle.judge(oracle.duty(history, KeyHistory.NONE), answer(503, IF_ERROR, 1));
    assertThat(oracle.violations()).singleElement().asString().startsWith("P5");
  }

  @Test
  void judge_staleAnswerOlderThanAnAnswerBefore_isAViolation() {
    long version = commit();
    oracle.judge(oracle.duty(history, KeyHistory.NONE), answer(200, WHILE_REVALIDATE, version));
    oracle.judge(oracle.duty(history, KeyHistory.NONE), answer(200, WHILE_REVALIDATE, 1));
    assertThat(oracle.violations()).singleElement().asString().startsWith("P1");
  }
}
