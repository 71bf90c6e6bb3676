/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.config.CacheSettings;
import io.sidecache.config.ChannelSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is said of each way to feed a cache, and of none. */
final class FeedCheckTest {
  private static final CacheSettings ITEMS = cache("items", 1);
  private static final ChannelSettings CHANNEL =
      new ChannelSettings("changed", List.of("items"), new ChannelSettings.Format.WholePayload());

  private static CacheSettings cache(String name, int parameters) {
    return new CacheSettings(
        name,
        new CacheSettings.Limit.Entries(10),
        100,
        Optional.empty(),
        Optional.empty(),
        0,
        Optional.empty(),
        parameters == 0
            ? Optional.empty()
            : Optional.of(
                new CacheSettings.Load(
                    "select 1", parameters, Duration.ofSeconds(1), 1, Duration.ZERO)),
        new CacheSettings.OnGap.Bypass(),
        false,
        Optional.empty(),
        Optional.empty());
  }

  private static Attachment attached(String table, String cache, String... key) {
    return new Attachment(table, cache, List.of(key), List.of(table, table + "_1"), List.of());
  }

  private static List<String> lines(
      CacheSettings cache,
      List<ChannelSettings> channels,
      List<Attachment> attachments,
      String... tables) {
    return new FeedCheck(channels, Optional.of(attachments))
        .look(cache, List.of(tables)).stream().map(Finding::line).toList();
  }

  @Test
  void attachedTables_andTheirPartitions_coverTheLoad() {
    assertThat(lines(ITEMS, List.of(), List.of(attached("item", "items", "id")), "item", "item_1"))
        .containsExactly("ok    feed         cache items, fed by table item (id)");
  }

  @Test
  void tableOfTheLoad_notAttached_isNamed() {
    assertThat(lines(ITEMS, List.of(), List.of(attached("item", "items", "id")), "item", "o'price"))
        .containsExactly(
            "warn  feed         cache items, its load reads o'price, which is not attached to it:"
                + " select sidecache.attach('o''price', 'items'), with the key's columns");
  }

  @Test
  void nothing_namesWhatElseIsAttached() {
    assertThat(lines(ITEMS, List.of(), List.of(attached("item", "itmes", "id")), "item"))
        .singleElement()
        .asString()
        .startsWith("warn")
        .contains("nothing notifies", "(attached are those of itmes)", "attach('item', 'items')");
  }

  @Test
  void lookAside_nothing_leavesItToTheApplication() {
    assertThat(lines(cache("orders", 0), List.of(CHANNEL), List.of()))
        .singleElement()
        .asString()
        .startsWith("warn")
        .endsWith("unless the application calls sidecache.invalidate or DELETE itself");
  }

  @Test
  void channelAlone_isEnough_alsoWhereNothingElseIsKnown() {
    assertThat(new FeedCheck(List.of(CHANNEL), Optional.empty()).look(ITEMS, List.of("item")))
        .extracting(Finding::line)
        .containsExactly("ok    feed         cache items, fed by channel changed");
  }

  @Test
  void nothingKnown_isSkipped() {
    assertThat(new FeedCheck(List.of(), Optional.empty()).look(ITEMS, List.of("item")))
        .extracting(Finding::line)
        .containsExactly("skip  feed         cache items, what is attached could not be read");
  }

  @Test
  void channelAndAttach_isTwice() {
    assertThat(lines(ITEMS, List.of(CHANNEL), List.of(attached("item", "items", "id")), "item"))
        .singleElement()
        .asString()
        .startsWith("warn  feed         cache items, fed twice, by channel changed and by attach");
  }

  @Test
  void keyOfAnotherLength_isNamed() {
    assertThat(lines(ITEMS, List.of(), List.of(attached("item", "items", "a", "b")), "item"))
        .singleElement()
        .asString()
        .contains("attached by a key of 2 columns, and load has 1 parameters");
  }
}
