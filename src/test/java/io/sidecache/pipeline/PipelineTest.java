/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import io.sidecache.source.SourceSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PipelineTest {
  private static final SourceSignal EVERYTHING =
      new SourceSignal.Changed(new Invalidation.Everything(), null);

  private static final SourceSignal PRODUCTS = whole("products");

  private final List<SourceSignal> applied = new ArrayList<>();
  private final List<Long> sequence = new ArrayList<>();

  private void record(long number, SourceSignal signal) {
    sequence.add(number);
    applied.add(signal);
  }

  private static SourceSignal key(int key) {
    return new SourceSignal.Changed(new Invalidation.Key("products", Integer.toString(key)), null);
  }

  private static SourceSignal whole(String cache) {
    return new SourceSignal.Changed(new Invalidation.WholeCache(cache), null);
  }

  /** What a pipeline of this capacity applies if all but the first come while it runs. */
  private Pipeline applyAtOnce(int capacity, SourceSignal... signals) {
    Pipeline[] pipeline = new Pipeline[1];
    pipeline[0] =
        new Pipeline(
            capacity,
            List.of(
                this::record,
                (n, s) -> {
                  if (n == 1) {
                    for (SourceSignal signal : signals) {
                      pipeline[0].accept(signal);
                    }
                  }
                }));
    pipeline[0].accept(key(1));
    return pipeline[0];
  }

  @Test
  void accept_queueFull_emptiesTheCachesConcernedAlone() {
    SourceSignal tag = new SourceSignal.Changed(new Invalidation.Tag("orders", "g"), null);
    SourceSignal rejected = new SourceSignal.Rejected("ch", "carts", "empty");
    Pipeline pipeline =
        applyAtOnce(
            16,
            Stream.concat(
                    Stream.of(tag, rejected), IntStream.range(0, 20).mapToObj(PipelineTest::key))
                .toArray(SourceSignal[]::new));
    assertThat(applied.subList(0, 4))
        .containsExactly(key(1), whole("orders"), whole("carts"), PRODUCTS);
    assertThat(applied).doesNotContain(EVERYTHING);
    assertThat(pipeline.overflows()).isEqualTo(1);
  }

  @Test
  void accept_queueFullOfMoreCachesThanItHolds_emptiesEverything() {
    applyAtOnce(
        16, IntStream.range(0, 17).mapToObj(i -> whole("cache" + i)).toArray(SourceSignal[]::new));
    assertThat(applied).containsExactly(key(1), EVERYTHING, whole("cache16"));
  }

  @Test
  void accept_queueFullWithAnEverythingInIt_emptiesEverything() {
    applyAtOnce(4, key(2), EVERYTHING, key(3), key(4), key(5));
    assertThat(applied).containsExactly(key(1), EVERYTHING, key(5));
  }

  private static SourceSignal heartbeat(String nonce) {
    return new SourceSignal.Heartbeat(nonce, new Position(1, 0, 0), Snapshot.parse("10:10:"), 0);
  }

  @Test
  void accept_idle_appliesBeforeItReturnsToEverySinkInOrder() {
    List<String> order = new ArrayList<>();
    Pipeline pipeline =
        new Pipeline(10, List.of((n, s) -> order.add("caches"), (n, s) -> order.add("stream")));
    pipeline.accept(key(1));
    assertThat(order).containsExactly("caches", "stream");
    assertThat(pipeline.applied()).isEqualTo(1);
  }

  @Test
  void accept_fromWithinASink_isAppliedAfterTheCurrentSignal() {
    Pipeline[] pipeline = new Pipeline[1];
    pipeline[0] =
        new Pipeline(
            10,
            List.of(
                (n, s) -> {
                  if (n == 1) {
                    pipeline[0].accept(key(2));
                  }
                },
                this::record));
    pipeline[0].accept(key(1));
    assertThat(applied).containsExactly(key(1), key(2));
    assertThat(sequence).containsExactly(1L, 2L);
  }

  @Test
  void accept_queueFull_widensChangesAndKeepsBarriersAndGapsInOrder() {
    SourceSignal opened = new SourceSignal.GapOpened("lost");
    SourceSignal closed = new SourceSignal.GapClosed(Duration.ofSeconds(1));
    Pipeline[] pipeline = new Pipeline[1];
    pipeline[0] =
        new Pipeline(
            6,
            List.of(
                this::record,
                (n, s) -> {
                  if (n == 1) { // the pipeline is running: all of these have to wait
                    pipeline[0].accept(key(2));
                    pipeline[0].accept(opened);
                    pipeline[0].accept(key(3));
                    pipeline[0].accept(closed);
                    pipeline[0].accept(heartbeat("a"));
                    pipeline[0].accept(key(4));
                    pipeline[0].accept(key(5));
                  }
                }));
    pipeline[0].accept(key(1));
    assertThat(applied).containsExactly(key(1), PRODUCTS, opened, closed, heartbeat("a"), key(5));
    assertThat(pipeline[0].overflows()).isEqualTo(1);
    assertThat(pipeline[0].depth()).isZero();
  }

  @Test
  void accept_barriersAloneFillTheQueue_staysBoundedAndKeepsTheNewest() {
    Pipeline[] pipeline = new Pipeline[1];
    AtomicInteger deepest = new AtomicInteger();
    pipeline[0] =
        new Pipeline(
            4,
            List.of(
                this::record,
                (n, s) -> {
                  if (n == 1) {
                    for (int i = 0; i < 100; i++) {
                      pipeline[0].accept(heartbeat(Integer.toString(i)));
                      deepest.accumulateAndGet(pipeline[0].depth(), Math::max);
                    }
                  }
                }));
    pipeline[0].accept(key(1));
    assertThat(deepest.get()).isLessThanOrEqualTo(4);
    assertThat(applied).last().isEqualTo(heartbeat("99"));
    assertThat(applied).contains(EVERYTHING);
  }

  @Test
  void apply_sinkThrows_makesItForgetEverythingAndServesTheOthers() {
    List<SourceSignal> failing = new ArrayList<>();
    Pipeline pipeline =
        new Pipeline(
            10,
            List.of(
                (n, s) -> {
                  failing.add(s);
                  if (s.equals(key(1))) {
                    throw new IllegalStateException("broken");
                  }
                },
                this::record));
    pipeline.accept(key(1));
    pipeline.accept(key(2));
    assertThat(failing).containsExactly(key(1), EVERYTHING, key(2));
    assertThat(applied).containsExactly(key(1), key(2));
    assertThat(pipeline.failures()).isEqualTo(1);
  }

  @Test
  void apply_sinkEndsInAnError_leavesThePipelineUsableAndCoversTheSignal() {
    Pipeline pipeline =
        new Pipeline(
            10,
            List.of(
                (n, s) -> {
                  if (s.equals(key(1))) {
                    throw new StackOverflowError("test");
                  }
                },
                this::record));
    assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> pipeline.accept(key(1))))
        .isInstanceOf(StackOverflowError.class);
    pipeline.accept(key(2));
    assertThat(applied).contains(EVERYTHING, key(2));
  }

  @Test
  void accept_fromManyThreads_appliesAllOneAtATimeInEachThreadsOrder() throws Exception {
    int threads = 4;
    int each = 20_000;
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger overlaps = new AtomicInteger();
    Pipeline pipeline =
        new Pipeline(
            threads * each,
            List.of(
                (n, s) -> {
                  if (inside.incrementAndGet() != 1) {
                    overlaps.incrementAndGet();
                  }
                  record(n, s);
                  inside.decrementAndGet();
                }));
    CountDownLatch done = new CountDownLatch(threads);
    for (int t = 0; t < threads; t++) {
      int from = t * each;
      Thread.ofPlatform()
          .start(
              () -> {
                for (int i = 0; i < each; i++) {
                  pipeline.accept(key(from + i));
                }
                done.countDown();
              });
    }
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    org.awaitility.Awaitility.await().until(() -> pipeline.applied() == (long) threads * each);
    assertThat(overlaps).hasValue(0);
    assertThat(sequence)
        .containsExactlyElementsOf(
            LongStream.rangeClosed(1, (long) threads * each).boxed().toList());
    for (int t = 0; t < threads; t++) {
      int from = t * each;
      assertThat(
              applied.stream().mapToInt(PipelineTest::number).filter(k -> k / each == from / each))
          .isSorted()
          .hasSize(each);
    }
  }

  private static int number(SourceSignal signal) {
    return signal instanceof SourceSignal.Changed changed
            && changed.invalidation() instanceof Invalidation.Key key
        ? Integer.parseInt(key.key())
        : -1;
  }
}
