/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.app.SchemaInstallation.Outcome;
import io.sidecache.source.postgres.Backoff;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When the schema is tried for, who waits for it, and what is said. */
final class SchemaInstallationTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration LONG = Duration.ofHours(1);

  private final AtomicInteger attempts = new AtomicInteger();
  private final AtomicInteger readied = new AtomicInteger();
  private final CountDownLatch never = new CountDownLatch(1);
  private final LogCapture log = LogCapture.start();
  private SchemaInstallation installation = of(() -> new Outcome.Current(0), LONG);

  private static SchemaInstallation of(Supplier<Outcome> migration, Duration patience) {
    Duration wait = Duration.ofMillis(2);
    return new SchemaInstallation(migration, new Backoff(wait, wait, () -> 0.5), patience);
  }

  private void start(Duration patience, Supplier<Outcome> migration) {
    installation.close();
    installation = of(migration, patience);
    installation.start(readied::incrementAndGet);
  }

  /** The outcomes in turn; the last one again and again. */
  private Supplier<Outcome> inTurn(Outcome... outcomes) {
    return () -> outcomes[Math.min(attempts.getAndIncrement(), outcomes.length - 1)];
  }

  private Outcome hang() {
    try {
      never.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted, as Flyway says it", e);
    }
    return new Outcome.Current(0);
  }

  private List<String> told() {
    return log.lines().stream().filter(line -> line.contains("schema sidecache")).toList();
  }

  @AfterEach
  void close() {
    installation.close();
    log.close();
  }

  @Test
  void current_othersStart_afterIt() {
    AtomicBoolean installed = new AtomicBoolean();
    AtomicBoolean before = new AtomicBoolean();
    installation.close();
    installation =
        of(
            () -> {
              installed.set(true);
              return new Outcome.Current(1);
            },
            LONG);
    installation.start(
        () -> {
          before.set(installed.get());
          readied.incrementAndGet();
        });
    await().atMost(LIMIT).until(() -> readied.get() == 1);
    assertThat(before).isTrue();
    assertThat(told()).singleElement().asString().startsWith("INFO").contains("1 scripts");
  }

  @Test
  void current_nothingWasToDo_saysNothing() {
    start(LONG, inTurn(new Outcome.Current(0)));
    await().atMost(LIMIT).until(() -> readied.get() == 1);
    assertThat(told()).isEmpty();
  }

  @Test
  void away_othersStartAtOnce_andItTriesOnUntilItIsThere() {
    Outcome away = new Outcome.Away("connection refused");
    start(LONG, inTurn(away, away, away, new Outcome.Current(1)));
    await().atMost(LIMIT).until(() -> told().size() == 2);
    assertThat(told().getFirst()).startsWith("WARN").contains("connection refused");
    assertThat(told().getLast()).startsWith("INFO");
    assertThat(attempts).hasValue(4);
    assertThat(readied).hasValue(1);
  }

  @Test
  void forbidden_isSaidOnceWithWhatToDo() {
    start(LONG, inTurn(new Outcome.Forbidden("role app may not")));
    await().atMost(LIMIT).until(() -> readied.get() == 1);
    assertThat(told())
        .singleElement()
        .asString()
        .startsWith("WARN")
        .contains("role app may not", "print-schema", "sidecache.schema.migrate");
    assertThat(attempts).hasValue(1);
  }

  @Test
  void byHand_isSaid() {
    start(LONG, inTurn(new Outcome.ByHand()));
    await().atMost(LIMIT).until(() -> readied.get() == 1);
    assertThat(told()).singleElement().asString().startsWith("INFO").contains("by hand");
  }

  @Test
  void failed_othersStartAllTheSame() {
    start(LONG, inTurn(new Outcome.Failed("checksum")));
    await().atMost(LIMIT).until(() -> readied.get() == 1);
    assertThat(told()).singleElement().asString().startsWith("WARN").contains("checksum");
  }

  @Test
  void unexpectedException_othersStartAllTheSame() {
    start(
        LONG,
        () -> {
          throw new IllegalStateException("unexpected");
        });
    await().atMost(LIMIT).until(() -> readied.get() == 1);
  }

  @Test
  void firstAttempt_hangs_othersStartWhenPatienceEnds() {
    start(Duration.ofMillis(1), this::hang);
    await().atMost(LIMIT).until(() -> readied.get() == 1);
  }

  @Test
  void close_duringAnAttempt_endsItAndNobodyIsTold() {
    AtomicBoolean begun = new AtomicBoolean();
    start(
        LONG,
        () -> {
          begun.set(true);
          return hang();
        });
    await().atMost(LIMIT).untilTrue(begun);
    installation.close();
    assertThat(readied).hasValue(0);
    assertThat(log.lines()).noneMatch(line -> line.startsWith("WARN") || line.startsWith("ERROR"));
  }
}
