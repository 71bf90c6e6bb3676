/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.awaitility.Awaitility.await;

import io.sidecache.source.InvalidationSource;
import io.sidecache.source.SourceStatus.State;
import io.sidecache.source.Trouble;
import io.sidecache.testing.RecordingSink;
import io.sidecache.testing.TestPostgres;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** A source under test on real servers, with short bounds, and what came of it. */
final class Followed implements AutoCloseable {
  static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration INTERVAL = Duration.ofMillis(200);
  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final Duration RECONNECT_INITIAL = Duration.ofMillis(20);
  private static final Duration RECONNECT_MAX = Duration.ofMillis(500);
  private static final Duration BARRIER_TIMEOUT = Duration.ofSeconds(10);

  final RecordingSink sink = new RecordingSink();
  final AtomicInteger gaps = new AtomicInteger();
  final InvalidationSource source;
  private final Vertx vertx = Vertx.vertx();

  private Followed(
      Optional<String> listenAt,
      DataSource pool,
      List<ChannelBinding> bindings,
      Runnable onGapOpened) {
    Runnable onGap =
        () -> {
          gaps.incrementAndGet();
          onGapOpened.run();
        };
    source =
        listenAt.isPresent()
            ? PostgresSource.create(
                new PostgresSourceSettings(
                    listenAt.get(),
                    Optional.of(TestPostgres.Database.USER),
                    Optional::empty,
                    INTERVAL,
                    TIMEOUT,
                    RECONNECT_INITIAL,
                    RECONNECT_MAX,
                    BARRIER_TIMEOUT,
                    true),
                bindings,
                vertx,
                pool,
                System::nanoTime,
                onGap)
            : LogPollingSource.create(
                new LogPollingSource.Settings(
                    INTERVAL, TIMEOUT, RECONNECT_INITIAL, RECONNECT_MAX, BARRIER_TIMEOUT),
                pool,
                System::nanoTime,
                onGap);
    sink.onHeartbeat(source::heartbeatApplied);
    source.start(sink);
  }

  /** Listens at a URL. */
  static Followed listening(String url, DataSource pool) {
    return listening(url, pool, List.of());
  }

  static Followed listening(String url, DataSource pool, List<ChannelBinding> bindings) {
    return listening(url, pool, bindings, () -> {});
  }

  static Followed listening(
      String url, DataSource pool, List<ChannelBinding> bindings, Runnable onGapOpened) {
    return new Followed(Optional.of(url), pool, bindings, onGapOpened);
  }

  /** Reads the log at each interval. */
  static Followed polling(DataSource pool) {
    return new Followed(Optional.empty(), pool, List.of(), () -> {});
  }

  Followed awaitState(State state) {
    await().atMost(LIMIT).until(() -> source.status().state() == state);
    return this;
  }

  Followed awaitFresh() {
    return awaitState(State.FRESH);
  }

  void awaitGap() {
    await().atMost(LIMIT).until(() -> sink.kinds().contains("GapOpened"));
  }

  void awaitTrouble(Trouble trouble) {
    await().atMost(LIMIT).until(() -> count(trouble) > 0);
  }

  long count(Trouble trouble) {
    return source.status().troubles().getOrDefault(trouble, 0L);
  }

  String lastFailure() {
    return source.status().lastFailure().orElse("");
  }

  void barrier() throws Exception {
    complete(source.barrier());
  }

  static void complete(CompletionStage<Void> stage) throws Exception {
    stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    source.close();
    vertx.close().toCompletionStage().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }
}
