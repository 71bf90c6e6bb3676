/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import io.sidecache.config.ChannelSettings.Format;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Checks {@code sidecache.channels}. */
final class ChannelsReader {
  private static final String GROUP = "channels";
  // NAMEDATALEN - 1 (PostgreSQL manual, "NOTIFY"; async.c refuses a longer name).
  private static final int LONGEST_NAME_BYTES = 63;
  private static final String RESERVED = "sidecache_";
  // RFC 6901, section 3: "~" stands only in "~0" and "~1".
  private static final Pattern POINTER = Pattern.compile("(?:/(?:[^/~]|~[01])*)+");

  private final Problems problems;
  private final Values values;
  private final Collection<String> caches;
  private final Map<String, ChannelSettings> channels = new LinkedHashMap<>();

  /**
   * For one reading.
   *
   * @param caches the names of all caches
   */
  ChannelsReader(Values values, Collection<String> caches) {
    this.problems = values.problems();
    this.values = values;
    this.caches = caches;
  }

  Map<String, ChannelSettings> read(
      Collection<String> keys, Map<String, SidecacheMapping.Channel> raw) {
    for (String key : keys) {
      SidecacheMapping.Channel channel = raw.get(key);
      if (channel != null) {
        read(key, channel);
      }
    }
    return channels;
  }

  private void read(String key, SidecacheMapping.Channel raw) {
    String name = raw.name().orElse(key);
    checkName(raw.name().isPresent() ? of(key, "name") : SettingNames.of(GROUP, key), name);
    List<String> fed = caches(key, raw);
    Optional<Format> format = format(key, raw);
    if (fed.isEmpty() || format.isEmpty() || name.isEmpty()) {
      return;
    }
    if (channels.putIfAbsent(name, new ChannelSettings(name, fed, format.get())) != null) {
      problems.wrong(
          of(key, "name"), name, "another channel has this name; list both caches under caches");
    }
  }

  private void checkName(String setting, String name) {
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > LONGEST_NAME_BYTES) {
      problems.hidden(
          setting, "a channel's name has 1 to 63 bytes in PostgreSQL; this one has " + bytes);
    } else if (name.indexOf('\0') >= 0) {
      problems.hidden(setting, "a channel's name cannot hold a NUL character");
    } else if (name.startsWith(RESERVED)) {
      problems.hidden(setting, "channels that begin with " + RESERVED + " are Sidecache's own");
    }
  }

  private List<String> caches(String key, SidecacheMapping.Channel raw) {
    if (raw.cache().isPresent() && raw.caches().isPresent()) {
      problems.hidden(of(key, "caches"), "contradicts cache; set one of the two");
      return List.of();
    }
    if (raw.cache().isEmpty() && raw.caches().isEmpty()) {
      problems.missing(of(key, "cache"), "a channel needs the cache that it feeds; " + known());
      return List.of();
    }
    String setting = of(key, raw.cache().isPresent() ? "cache" : "caches");
    List<String> fed = Values.items(raw.caches()).orElseGet(() -> List.of(raw.cache().orElse("")));
    checkCaches(problems, setting, fed, caches);
    return fed;
  }

  /** Notes a problem for the first name that is no cache's, or that stands twice. */
  static void checkCaches(
      Problems problems, String setting, List<String> names, Collection<String> caches) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!caches.contains(name)) {
        boolean list = setting.endsWith(".cache") && name.indexOf(',') >= 0;
        problems.wrong(
            setting,
            name,
            "there is no cache of this name; "
                + (list ? "to feed several use caches; " : "")
                + known(caches));
      } else if (!seen.add(name)) {
        problems.wrong(setting, name, "is named twice");
      }
    }
  }

  private String known() {
    return known(caches);
  }

  private static String known(Collection<String> caches) {
    return caches.isEmpty() ? "no cache is configured" : "caches are: " + String.join(", ", caches);
  }

  private Optional<Format> format(String key, SidecacheMapping.Channel raw) {
    String setting = of(key, "key");
    String word = values.word(of(key, "format"), raw.format(), "key", List.of("key", "json"));
    if (problems.has(of(key, "format")) || problems.has(setting)) {
      return Optional.empty();
    }
    if ("key".equals(word)) {
      if (raw.key().isPresent()) {
        problems.wrong(
            setting,
            String.join(",", raw.key().get()),
            "is for format json; with format key the whole payload is the key");
        return Optional.empty();
      }
      return Optional.of(new Format.WholePayload());
    }
    Optional<List<String>> pointers = Values.items(raw.key());
    if (pointers.isEmpty()) {
      problems.missing(
          setting, "format json needs the JSON pointers to the key's parts, such as /id");
      return Optional.empty();
    }
    for (String pointer : pointers.get()) {
      if (!POINTER.matcher(pointer).matches()) {
        problems.wrong(
            setting, pointer, "must be a JSON pointer (RFC 6901) such as /id or /new/id");
        return Optional.empty();
      }
    }
    return Optional.of(new Format.JsonPointers(pointers.get()));
  }

  private static String of(String key, String suffix) {
    return SettingNames.of(GROUP, key, suffix);
  }
}
