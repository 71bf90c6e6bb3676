/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceSignal;
import io.sidecache.testing.HandDrivenTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The stream with wires and event loops that a test moves by hand. */
final class EventStreamTest {
  private static final String HISTORY = "0123456789abcdef";
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-23T19:44:17Z"));
  private static final StreamFilter ALL = new StreamFilter(Set.of(), Set.of());

  private final HandDrivenTime loop = new HandDrivenTime();
  private final HandDrivenTime otherLoop = new HandDrivenTime();
  private final Map<String, CompletableFuture<String>> values = new HashMap<>();
  private final EventStream stream = stream(100, 100);

  private EventStream stream(int replay, int subscribers) {
    return new EventStream(
        new EventStream.Settings(replay, subscribers),
        HISTORY,
        CLOCK,
        cache -> !cache.equals("theirs"),
        (cache, key) -> values.computeIfAbsent(key, k -> new CompletableFuture<>()));
  }

  /** A wire that keeps what is written, until it is said to be full. */
  private static final class Wire implements Outlet {
    private final StringBuilder text = new StringBuilder();
    private final List<byte[]> arrays = new ArrayList<>();
    private boolean full;
    private boolean ended;
    private boolean cut;

    @Override
    public void write(byte[] bytes) {
      assertThat(ended || cut).as("closed").isFalse();
      arrays.add(bytes);
      text.append(new String(bytes, StandardCharsets.UTF_8));
    }

    @Override
    public boolean isFull() {
      return full;
    }

    @Override
    public void end(byte[] last) {
      write(last);
      ended = true;
    }

    @Override
    public void cut() {
      cut = true;
    }

    List<String> events() {
      return text.toString().lines().filter(line -> line.startsWith("event: ")).toList();
    }

    List<String> keys() {
      return text.toString().lines().flatMap(Wire::key).toList();
    }

    private static Stream<String> key(String line) {
      int at = line.indexOf("\"key\":\"");
      return at < 0 ? Stream.empty() : Stream.of(line.substring(at + 7, line.indexOf('"', at + 7)));
    }

    String lastId() {
      return text.toString()
          .lines()
          .filter(line -> line.startsWith("id: "))
          .reduce((first, second) -> second)
          .orElseThrow()
          .substring(4);
    }
  }

  private Subscription join(Wire wire) {
    return join(wire, ALL, false, Optional.empty()).orElseThrow();
  }

  private Optional<Subscription> join(
      Wire wire, StreamFilter filter, boolean withValues, Optional<String> after) {
    return stream.subscribe(
        new EventStream.Request(filter, withValues, after.map(StreamPosition::parse)), wire, loop);
  }

  private Wire resumed(EventStream from, String after) {
    Wire wire = new Wire();
    EventStream.Request request =
        new EventStream.Request(ALL, false, Optional.of(StreamPosition.parse(after)));
    assertThat(from.subscribe(request, wire, loop)).isPresent();
    loop.runWork();
    return wire;
  }

  private void evict(String... keys) {
    for (String key : keys) {
      evict(new Invalidation.Key("products", key));
    }
    loop.runWork();
  }

  private void evict(Invalidation invalidation) {
    stream.apply(1, new SourceSignal.Changed(invalidation, null));
  }

  @Test
  void subscribe_live_writesAtOnceAndThenWhatComes() {
    evict("before");
    stream.apply(2, new SourceSignal.GapClosed(Duration.ofSeconds(1)));
    Wire wire = new Wire();
    join(wire);
    assertThat(wire.text.toString())
        .isEqualTo(": sidecache\nretry: 2000\nid: " + HISTORY + "-2\n\n");

    evict("after");
    assertThat(wire.text.toString())
        .endsWith(
            "id: "
                + HISTORY
                + "-3\nevent: invalidated\ndata: {\"cache\":\"products\",\"key\":\"after\","
                + "\"position\":\""
                + HISTORY
                + "-3\",\"at\":\"2026-11-23T19:44:17Z\"}\n\n");
    assertThat(wire.keys()).containsExactly("after");
  }

  @Test
  void subscribe_duringAGap_hearsOfIt() {
    Wire first = new Wire();
    join(first);
    assertThat(first.events()).containsExactly("event: gap-opened");
    stream.apply(1, new SourceSignal.GapClosed(Duration.ofMillis(1500)));
    stream.apply(2, new SourceSignal.GapOpened("canary"));
    loop.runWork();
    assertThat(first.events())
        .containsExactly("event: gap-opened", "event: gap-closed", "event: gap-opened");
    assertThat(first.text.toString()).contains("\"lengthMillis\":1500").doesNotContain("canary");
  }

  @Test
  void apply_eachKindOfSignal_hasItsEvent() {
    stream.apply(1, new SourceSignal.GapClosed(Duration.ZERO));
    Wire wire = new Wire();
    join(wire);
    evict(new Invalidation.Tag("products", "list"));
    evict(new Invalidation.WholeCache("products"));
    evict(new Invalidation.Everything());
    stream.apply(5, new SourceSignal.Rejected("channel", "products", "reason"));
    evict(new Invalidation.Key("theirs", "1"));
    stream.apply(6, new SourceSignal.Rejected("channel", "theirs", "reason"));
    loop.runWork();
    assertThat(wire.events())
        .containsExactly(
            "event: invalidated", "event: invalidated", "event: reset", "event: invalidated");
    assertThat(wire.text.toString())
        .contains("\"group\":\"list\"", "\"whole\":true", "{\"everything\":true,\"at\"")
        .doesNotContain("theirs");
  }

  @Test
  void filter_cachesAndGroups_letPassWhatConcernsThem() {
    stream.apply(1, new SourceSignal.GapClosed(Duration.ZERO));
    Wire caches = new Wire();
    Wire groups = new Wire();
    join(caches, new StreamFilter(Set.of("orders"), Set.of()), false, Optional.empty());
    join(groups, new StreamFilter(Set.of("products"), Set.of("a")), false, Optional.empty());
    evict("1");
    evict(new Invalidation.Key("orders", "2"));
    evict(new Invalidation.Tag("products", "a"));
    evict(new Invalidation.Tag("products", "b"));
    evict(new Invalidation.WholeCache("products"));
    evict(new Invalidation.Everything());
    stream.apply(8, new SourceSignal.GapOpened("reason"));
    loop.runWork();
    assertThat(caches.keys()).containsExactly("2");
    assertThat(caches.events())
        .containsExactly("event: invalidated", "event: reset", "event: gap-opened");
    assertThat(groups.keys()).isEmpty();
    assertThat(groups.text.toString())
        .contains("\"group\":\"a\"")
        .doesNotContain("\"group\":\"b\"");
    assertThat(groups.events())
        .containsExactly(
            "event: invalidated", "event: invalidated", "event: reset", "event: gap-opened");
  }

  @Test
  void resume_withinTheRing_getsExactlyWhatWasMissed() {
    evict("1", "2");
    Wire wire = new Wire();
    Subscription subscription = join(wire);
    evict("3");
    String id = wire.lastId();
    subscription.gone();
    evict("4", "5");

    Wire again = resumed(stream, id);

    assertThat(again.keys()).containsExactly("4", "5");
    assertThat(again.events()).doesNotContain("event: reset");
    evict("6");
    assertThat(again.keys()).containsExactly("4", "5", "6");
  }

  @Test
  void resume_everyPlace_losesNothing() {
    evict(IntStream.rangeClosed(1, 60).mapToObj(Integer::toString).toArray(String[]::new));
    for (int place = 0; place <= 60; place++) {
      assertThat(resumed(stream, HISTORY + "-" + place).keys())
          .hasSize(60 - place)
          .isEqualTo(IntStream.rangeClosed(place + 1, 60).mapToObj(Integer::toString).toList());
      stream.beat();
    }
  }

  @Test
  void resume_olderThanTheRingOrOfAnotherHistory_isResetOnceAndLive() {
    evict(IntStream.rangeClosed(1, 150).mapToObj(Integer::toString).toArray(String[]::new));
    for (String after :
        List.of(HISTORY + "-49", "fedcba9876543210-150", HISTORY + "-9999", HISTORY + "-0")) {
      Wire wire = resumed(stream, after);
      assertThat(wire.events()).containsExactly("event: reset", "event: gap-opened");
      assertThat(wire.lastId()).isEqualTo(HISTORY + "-" + stream.figures().appended());
      evict("new");
      assertThat(wire.keys()).containsExactly("new");
    }
    assertThat(resumed(stream, HISTORY + "-" + (stream.figures().appended() - 100)).events())
        .doesNotContain("event: reset");
    assertThat(stream.figures().resets()).isEqualTo(4);
  }

  @Test
  void position_malformed_isRefused() {
    for (String text :
        List.of(
            "",
            "1",
            HISTORY,
            HISTORY + "-",
            HISTORY + "-01",
            HISTORY + "--1",
            "x-1",
            HISTORY + "-1 ",
            HISTORY + "-9999999999999999999",
            HISTORY.toUpperCase(Locale.ROOT) + "-1")) {
      assertThatIllegalArgumentException().as(text).isThrownBy(() -> StreamPosition.parse(text));
    }
  }

  @Test
  void fullWire_thatGetsRoomInTime_losesNothing() {
    Wire wire = new Wire();
    Wire other = new Wire();
    Subscription subscription = join(wire);
    join(other);
    wire.full = true;
    evict("1", "2", "3");
    assertThat(wire.keys()).isEmpty();
    assertThat(other.keys()).containsExactly("1", "2", "3");
    stream.beat();
    loop.runWork();
    wire.full = false;
    subscription.writable();
    loop.runWork();
    stream.beat();
    loop.runWork();
    wire.full = true;
    stream.beat();
    loop.runWork();
    assertThat(wire.keys()).containsExactly("1", "2", "3");
    assertThat(wire.cut).isFalse();
  }

  @Test
  void fullWire_fromOneBeatToTheNext_isCut() {
    Wire wire = new Wire();
    Wire other = new Wire();
    join(wire);
    join(other);
    wire.full = true;
    stream.beat();
    loop.runWork();
    assertThat(wire.cut).isFalse();
    stream.beat();
    loop.runWork();
    assertThat(wire.cut).isTrue();
    assertThat(stream.figures().cut()).isEqualTo(1);
    evict("1");
    assertThat(other.keys()).containsExactly("1");
  }

  @Test
  void fullWire_thatTheRingOvertakes_isCut() {
    Wire wire = new Wire();
    join(wire);
    wire.full = true;
    evict(IntStream.rangeClosed(1, 100).mapToObj(Integer::toString).toArray(String[]::new));
    assertThat(wire.cut).isFalse();
    evict("one too many");
    assertThat(wire.cut).isTrue();
  }

  @Test
  void stalledLoop_thatTheRingOvertakes_isReset() {
    Wire wire = new Wire();
    join(wire);
    IntStream.range(0, 500)
        .forEach(i -> evict(new Invalidation.Key("products", Integer.toString(i))));
    loop.runWork();
    assertThat(wire.events()).contains("event: reset");
    assertThat(wire.cut).isFalse();
    assertThat(loop.waitingWork()).isZero();
  }

  @Test
  void beat_showsLifeAndThePlace_alsoToWhomNothingConcerned() {
    Wire wire = new Wire();
    join(wire, new StreamFilter(Set.of("orders"), Set.of()), false, Optional.empty());
    evict("1", "2");
    stream.beat();
    loop.runWork();
    assertThat(wire.text.toString()).endsWith(":\nid: " + HISTORY + "-2\n\n");
  }

  @Test
  void manyReadersOfTwoLoops_getEveryEvent_inSharedArrays() {
    EventStream large = stream(1000, 1000);
    List<Wire> wires = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      Wire wire = new Wire();
      wires.add(wire);
      assertThat(
              large.subscribe(
                  new EventStream.Request(ALL, false, Optional.empty()),
                  wire,
                  i % 2 == 0 ? loop : otherLoop))
          .isPresent();
    }
    for (int i = 0; i < 300; i++) {
      large.apply(i, new SourceSignal.Changed(new Invalidation.Key("products", "" + i), null));
      if (i % 7 == 0) {
        loop.runWork();
      }
      if (i % 50 == 0) {
        otherLoop.runWork();
      }
    }
    loop.runWork();
    otherLoop.runWork();
    List<String> wanted = IntStream.range(0, 300).mapToObj(Integer::toString).toList();
    assertThat(wires).allSatisfy(wire -> assertThat(wire.keys()).isEqualTo(wanted));
    assertThat(large.figures().sent()).isEqualTo(300_000);
    assertThat(wires.get(0).arrays.getLast()).isSameAs(wires.get(2).arrays.getLast());
  }

  @Test
  void subscribe_beyondTheLimit_isRefusedUntilOneGoes() {
    List<Subscription> present = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      present.add(join(new Wire()));
    }
    Wire last = new Wire();
    assertThat(join(last, ALL, false, Optional.empty())).isEmpty();
    assertThat(last.text).isEmpty();
    present.getFirst().gone();
    present.getFirst().gone();
    assertThat(join(last, ALL, false, Optional.empty())).isPresent();
    assertThat(join(new Wire(), ALL, false, Optional.empty())).isEmpty();
    assertThat(stream.figures().subscribers()).isEqualTo(100);
    assertThat(stream.figures().refused()).isEqualTo(2);
  }

  @Test
  void values_areLoadedOnceForAll_andComeInOrder() {
    Wire one = new Wire();
    Wire two = new Wire();
    Wire without = new Wire();
    join(one, ALL, true, Optional.empty());
    join(two, ALL, true, Optional.empty());
    join(without);
    evict("1", "2");
    evict(new Invalidation.WholeCache("products"));
    loop.runWork();
    assertThat(without.keys()).containsExactly("1", "2");
    assertThat(one.keys()).isEmpty();
    assertThat(values).containsOnlyKeys("1", "2");

    value("1").complete("\"value\":{\"id\":1}");
    loop.runWork();
    value("2").completeExceptionally(new IllegalStateException("canary"));
    loop.runWork();
    assertThat(one.keys()).containsExactly("1", "2");
    assertThat(one.text.toString())
        .isEqualTo(two.text.toString())
        .contains(",\"value\":{\"id\":1}}\n\n")
        .contains("\"whole\":true")
        .doesNotContain("canary");
  }

  @Test
  void values_moreThanMayLoad_goOutWithout() {
    List<Wire> wires = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      evict(IntStream.range(0, 8).mapToObj(Integer::toString).toArray(String[]::new));
    }
    for (int i = 0; i < 3; i++) {
      Wire wire = new Wire();
      wires.add(wire);
      join(wire, ALL, true, Optional.of(HISTORY + "-" + i * 8));
    }
    loop.runWork();
    assertThat(wires.get(0).keys()).isEmpty();
    assertThat(wires.get(1).keys()).isEmpty();
    assertThat(wires.get(2).keys()).hasSize(8);
    values.values().forEach(future -> future.complete(""));
    loop.runWork();
    assertThat(wires.get(0).keys()).hasSize(24);
  }

  @Test
  void values_readerGoneMeanwhile_getsNothing() {
    Wire wire = new Wire();
    Subscription subscription = join(wire, ALL, true, Optional.empty()).orElseThrow();
    evict("1");
    subscription.gone();
    int before = wire.text.length();
    value("1").complete("\"value\":1");
    loop.runWork();
    assertThat(wire.text).hasSize(before);
  }

  @Test
  void close_endsEveryAnswer_afterWhatWasStillToCome() throws InterruptedException {
    LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    Wire wire = new Wire();
    EventStream.Request request = new EventStream.Request(ALL, false, Optional.empty());
    assertThat(stream.subscribe(request, wire, tasks::add)).isPresent();
    evict(new Invalidation.Key("products", "last"));
    tasks.clear(); // the loop was too busy to hand it on
    Thread closing = Thread.ofVirtual().start(stream::close);
    tasks.take().run();
    closing.join();
    assertThat(wire.keys()).containsExactly("last");
    assertThat(wire.text.toString())
        .containsPattern(
            "event: gap-opened\ndata: \\{\"at\":\"[^\"]+\"}\n\n: the sidecar stops\n\n$");
    assertThat(wire.ended).isTrue();
    assertThat(join(new Wire(), ALL, false, Optional.empty())).isEmpty();
  }

  @Test
  void ring_ofLongKeys_isBoundedInBytes() {
    String key = "x".repeat(7000);
    for (int i = 0; i < 100; i++) {
      evict(key);
    }
    assertThat(stream.figures().held()).isBetween(10L, 15L);
  }

  private CompletableFuture<String> value(String key) {
    return Objects.requireNonNull(values.get(key), key);
  }
}
