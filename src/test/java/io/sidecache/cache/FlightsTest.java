/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.cache.NamedCache.Loaded;
import io.sidecache.invalidation.Invalidation;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Readers that share a load, and groups that nobody knows before it has ended. */
final class FlightsTest {
  private final CacheFixture fixture = CacheFixture.readThrough().fresh();

  private static Optional<Value> inList(String text) {
    return Optional.of(
        new Value(
            text.getBytes(StandardCharsets.UTF_8),
            "text/plain",
            Optional.empty(),
            List.of("list"),
            Optional.empty()));
  }

  private CompletableFuture<Loaded> load() {
    return fixture.cache.load("k", false, false).toCompletableFuture();
  }

  private static String text(CompletableFuture<Loaded> load) {
    return CacheFixture.text(load.join().entry());
  }

  @Test
  void join_groupInvalidatedBeforeTheReaderCame_isNotServedTheOlderValue() {
    CompletableFuture<Loaded> first = load();
    fixture.change(new Invalidation.Tag(CacheFixture.NAME, "list"));
    CompletableFuture<Loaded> second = load();
    CompletableFuture<Loaded> third = load();

    fixture.loads.remove().complete(inList("old"));

    assertThat(text(first)).isEqualTo("old");
    assertThat(second).isNotDone();
    assertThat(fixture.loads).as("the later readers share one load").hasSize(1);
    // However often the group changes, they look again once.
    fixture.change(new Invalidation.Tag(CacheFixture.NAME, "list"));
    fixture.loads.remove().complete(inList("new"));
    assertThat(text(second)).isEqualTo("new");
    assertThat(text(third)).isEqualTo("new");
    assertThat(fixture.served("k")).isEmpty();
  }

  @Test
  void join_anotherGroupInvalidated_isServed() {
    CompletableFuture<Loaded> first = load();
    fixture.change(new Invalidation.Tag(CacheFixture.NAME, "other"));
    CompletableFuture<Loaded> second = load();

    fixture.loads.remove().complete(inList("value"));

    assertThat(first.join().collapsed()).isFalse();
    assertThat(second.join().collapsed()).isTrue();
    assertThat(text(second)).isEqualTo("value");
    assertThat(fixture.loads).isEmpty();
  }
}
