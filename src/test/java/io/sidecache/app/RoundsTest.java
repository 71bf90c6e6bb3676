/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Checks that end, fail and hang. */
final class RoundsTest {
  private static final Duration LONG = Duration.ofHours(1);

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final AtomicLong nanos = new AtomicLong();
  private final CountDownLatch never = new CountDownLatch(1);
  private final Rounds rounds =
      new Rounds(
          new PrintStream(printed, true, StandardCharsets.UTF_8),
          new ForeignText(List.of("canary")),
          Duration.ofMinutes(1),
          nanos::get);

  @AfterEach
  void close() {
    rounds.close();
  }

  private List<String> lines() {
    return printed.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private Diagnosis<Boolean> hang() throws InterruptedException {
    never.await();
    return new Diagnosis<>(true, List.of());
  }

  @Test
  void check_thatHangs_isLeftBehind() {
    assertThat(rounds.run("listen", Duration.ofMillis(20), this::hang)).isEmpty();
    assertThat(lines())
        .singleElement()
        .asString()
        .startsWith("FAIL  listen       no answer within");
    assertThat(rounds.exitCode()).isEqualTo(1);
  }

  @Test
  void allChecks_haveOneEndTogether() {
    nanos.set(Duration.ofMinutes(2).toNanos());
    assertThat(rounds.run("load", LONG, this::hang)).isEmpty();
    assertThat(lines()).singleElement().asString().contains("no answer within 0 ms");
  }

  @Test
  void failure_ofTheDriver_isToldWithoutTheSecret() {
    rounds.run(
        "connection",
        LONG,
        () -> {
          throw new SQLException("the password canary is wrong\n at x", "28P01");
        });
    assertThat(lines())
        .containsExactly(
            "FAIL  connection   SQLSTATE 28P01, the password *** is wrong: set"
                + " QUARKUS_DATASOURCE_USERNAME and QUARKUS_DATASOURCE_PASSWORD as the server knows"
                + " them");
  }

  @Test
  void failure_unexpected_isOneLine() {
    rounds.run(
        "load",
        LONG,
        () -> {
          throw new IllegalStateException("odd");
        });
    assertThat(lines())
        .singleElement()
        .asString()
        .startsWith("FAIL  load         java.lang.IllegalStateException, odd: ");
  }

  @Test
  void findings_thatWouldForgeLines_areOneLineEach() {
    rounds.tell(Finding.warn("feed", "table x\nok    feed", "\u001b[2Jattach"));
    assertThat(lines()).containsExactly("warn  feed         table x ok    feed:  [2Jattach");
  }

  @Test
  void warningsAndSkips_doNotFail() {
    rounds.tell(Finding.warn("log", "old", "prune"));
    rounds.skip("no reason", List.of("log", "feed"));
    assertThat(rounds.exitCode()).isZero();
    assertThat(lines()).contains("skip  log          no reason", "skip  feed         no reason");
  }
}
