/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.sidecache.config.CacheSettings;
import io.sidecache.config.ChannelSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Tells what notifies of a cache's changes, and above all where nothing does. */
final class FeedCheck {
  private static final String FEED = "feed";

  private final List<ChannelSettings> channels;
  private final Optional<List<Attachment>> attachments;

  /**
   * Makes it.
   *
   * @param attachments all of the database; empty where they could not be read
   */
  FeedCheck(List<ChannelSettings> channels, Optional<List<Attachment>> attachments) {
    this.channels = List.copyOf(channels);
    this.attachments = attachments;
  }

  /**
   * Looks at one cache.
   *
   * @param tables what its load reads; empty where it has none, or it is not known
   */
  List<Finding> look(CacheSettings cache, List<String> tables) {
    List<String> own =
        channels.stream()
            .filter(channel -> channel.caches().contains(cache.name()))
            .map(ChannelSettings::name)
            .toList();
    if (attachments.isEmpty() && own.isEmpty()) {
      return List.of(Finding.skip(FEED, told(cache, "what is attached could not be read")));
    }
    List<Attachment> attached =
        attachments.orElse(List.of()).stream()
            .filter(attachment -> attachment.cache().equals(cache.name()))
            .toList();
    if (own.isEmpty() && attached.isEmpty()) {
      return List.of(nothing(cache, tables));
    }
    List<Finding> warnings = new ArrayList<>();
    if (own.isEmpty()) {
      tables.stream()
          .filter(table -> attached.stream().noneMatch(found -> found.covers(table)))
          .forEach(
              table ->
                  warnings.add(
                      Finding.warn(
                          FEED,
                          told(cache, "its load reads " + table + ", which is not attached to it"),
                          attach(table, cache) + ", with the key's columns")));
    } else if (!attached.isEmpty()) {
      warnings.add(
          Finding.warn(
              FEED,
              told(cache, "fed twice, by channel " + own.getFirst() + " and by attach"),
              "remove the channel and its trigger once attach covers it; the channel's changes are"
                  + " in no log"));
    }
    cache.load().ifPresent(load -> warnings.addAll(otherKeys(cache, load, attached)));
    return warnings.isEmpty()
        ? List.of(Finding.ok(FEED, told(cache, by(own, attached))))
        : warnings;
  }

  private static List<Finding> otherKeys(
      CacheSettings cache, CacheSettings.Load load, List<Attachment> attached) {
    return attached.stream()
        .filter(attachment -> attachment.key().size() != load.parameters())
        .map(
            attachment ->
                Finding.warn(
                    FEED,
                    told(
                        cache,
                        "table %s is attached by a key of %d columns, and load has %d parameters"
                            .formatted(
                                attachment.table(), attachment.key().size(), load.parameters())),
                    "attach it with key => the columns that load is asked by"))
        .toList();
  }

  private Finding nothing(CacheSettings cache, List<String> tables) {
    String others =
        attachments.orElse(List.of()).stream()
            .map(Attachment::cache)
            .distinct()
            .collect(Collectors.joining(", "));
    String table = tables.isEmpty() ? "<table>" : tables.getFirst();
    return Finding.warn(
        FEED,
        told(
            cache,
            "nothing notifies of changes: no channel, and no table is attached"
                + (others.isEmpty() ? "" : " (attached are those of " + others + ")")),
        attach(table, cache)
            + (cache.load().isPresent()
                ? ", or set a channel in sidecache.channels"
                : ", unless the application calls sidecache.invalidate or DELETE itself"));
  }

  private static String attach(String table, CacheSettings cache) {
    return "select sidecache.attach('" + table.replace("'", "''") + "', '" + cache.name() + "')";
  }

  private static String by(List<String> channels, List<Attachment> attached) {
    List<String> feeds = new ArrayList<>();
    channels.forEach(channel -> feeds.add("channel " + channel));
    attached.forEach(
        one -> feeds.add("table " + one.table() + " (" + String.join(", ", one.key()) + ")"));
    return "fed by " + String.join(", ", feeds);
  }

  private static String told(CacheSettings cache, String what) {
    return "cache " + cache.name() + ", " + what;
  }
}
