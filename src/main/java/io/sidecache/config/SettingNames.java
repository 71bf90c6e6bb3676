/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The names of all settings, as a table.
 *
 * <p>It repeats the names of {@link SidecacheMapping}, because the mapping can be asked for its
 * names through reflection alone; a test holds the two together.
 */
final class SettingNames {
  static final String PREFIX = "sidecache";

  /** Settings that stand once, by their name below the prefix; true where a list is accepted. */
  static final Map<String, Boolean> SINGLE = new LinkedHashMap<>();

  /** Settings that stand once per name chosen by people, by group and name; true for lists. */
  static final Map<String, Map<String, Boolean>> NAMED = new LinkedHashMap<>();

  private static final Pattern PLAIN_SEGMENT = Pattern.compile("[^.\"\\[\\]\\\\]+");
  private static final Pattern NOT_ALPHANUMERIC = Pattern.compile("[^A-Za-z0-9]");

  static {
    single("instance", "source", "shutdown-drain");
    single(
        "listener.url",
        "listener.heartbeat-interval",
        "listener.heartbeat-timeout",
        "listener.reconnect-initial",
        "listener.reconnect-max",
        "listener.queue-capacity",
        "listener.barrier-timeout");
    single("log.enabled", "log.retention", "schema.migrate");
    single("health.stuck-after", "health.disconnected-down-after", "health.ready-during-gap");
    single("events.replay", "events.maximum-subscribers");
    single("tracing.endpoint", "tracing.sample-percent");
    single("audit.keys-per-minute");
    SINGLE.put("api.token", true);
    single("api.client-auth", "api.request-timeout");

    NAMED.put("channels", suffixes(List.of("name", "cache", "format"), List.of("caches", "key")));
    NAMED.put(
        "caches",
        suffixes(
            List.of(
                "maximum-weight",
                "maximum-size",
                "maximum-entry-size",
                "expire-after-write",
                "expire-after-access",
                "expiry-jitter",
                "refresh-after-write",
                "load",
                "load-timeout",
                "max-concurrent-loads",
                "negative-ttl",
                "on-gap",
                "max-stale",
                "unfenced-fills",
                "stale-while-revalidate",
                "stale-if-error"),
            List.of()));
    NAMED.put(
        "webhooks",
        suffixes(
            List.of(
                "url",
                "linger",
                "max-batch-size",
                "max-batch-bytes",
                "queue-capacity",
                "connect-timeout",
                "read-timeout",
                "request-timeout",
                "max-attempts",
                "retry-initial",
                "retry-max",
                "dead-letters",
                "tls-configuration-name"),
            List.of("caches", "groups", "secret")));
    NAMED.put("senders", suffixes(List.of(), List.of("secret")));
  }

  private SettingNames() {}

  /** The full name of a setting that belongs to a name chosen by people, quoted where needed. */
  static String of(String group, String key, String suffix) {
    return of(group, key) + "." + suffix;
  }

  /** The full name of all settings that belong to one name chosen by people. */
  static String of(String group, String key) {
    return PREFIX + "." + group + "." + quoted(key);
  }

  /** The full name of a setting that stands once. */
  static String of(String name) {
    return PREFIX + "." + name;
  }

  /** The settings of a group, or of a section such as {@code listener}; for messages. */
  static List<String> below(String section) {
    Map<String, Boolean> named = NAMED.get(section);
    if (named != null) {
      return List.copyOf(named.keySet());
    }
    List<String> names = new ArrayList<>();
    for (String name : SINGLE.keySet()) {
      if (name.startsWith(section + ".")) {
        names.add(name.substring(section.length() + 1));
      }
    }
    return names;
  }

  /** What may follow the prefix directly; for messages. */
  static Set<String> sections() {
    Set<String> sections = new TreeSet<>(NAMED.keySet());
    for (String name : SINGLE.keySet()) {
      int dot = name.indexOf('.');
      sections.add(dot < 0 ? name : name.substring(0, dot));
    }
    return sections;
  }

  /**
   * The spelling of a name as an environment variable: upper case, all but letters and digits
   * replaced (MicroProfile Config, "Environment Variables Mapping Rules").
   */
  static String environmentForm(String name) {
    return NOT_ALPHANUMERIC.matcher(name).replaceAll("_").toUpperCase(Locale.ROOT);
  }

  private static String quoted(String key) {
    return PLAIN_SEGMENT.matcher(key).matches() ? key : "\"" + key + "\"";
  }

  private static void single(String... names) {
    for (String name : names) {
      SINGLE.put(name, false);
    }
  }

  private static Map<String, Boolean> suffixes(List<String> plain, List<String> lists) {
    Map<String, Boolean> suffixes = new LinkedHashMap<>();
    plain.forEach(name -> suffixes.put(name, false));
    lists.forEach(name -> suffixes.put(name, true));
    return suffixes;
  }
}
