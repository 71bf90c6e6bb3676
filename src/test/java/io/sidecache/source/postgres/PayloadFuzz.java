/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static io.sidecache.fuzz.Oracle.holds;
import static io.sidecache.fuzz.Oracle.same;

import io.sidecache.fuzz.Oracle;
import io.sidecache.fuzz.ReferenceJson;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceSignal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Fuzzes the payloads of configured channels, {@code format: key} and {@code format: json}. */
public final class PayloadFuzz {
  private static final List<List<String>> POINTERS =
      List.of(
          List.of(""),
          List.of("/id"),
          List.of("/tenant", "/id"),
          List.of("/a/0/b", "/a/1"),
          List.of("/a~1b", "/m~0n", "/", "/a/01"));

  private static final NotificationReader READER = new NotificationReader(bindings(), () -> 0L);

  private PayloadFuzz() {}

  private static List<ChannelBinding> bindings() {
    List<ChannelBinding> bindings = new ArrayList<>();
    bindings.add(new ChannelBinding("changed", "key", new KeyPayload()));
    for (List<String> pointers : POINTERS) {
      bindings.add(new ChannelBinding("changed", "json" + pointers, new JsonPayload(pointers)));
    }
    return bindings;
  }

  /** One input: a payload. */
  public static void fuzzerTestOneInput(byte[] input) {
    String payload = Oracle.utf8(input);
    List<SourceSignal> signals = new ArrayList<>();
    READER.read("changed", payload, 1, signals::add);
    same(1 + POINTERS.size(), signals.size(), "one signal for each cache");
    check(signals.getFirst(), "key", key(payload), false);
    ReferenceJson.Found json = ReferenceJson.read(payload);
    for (int i = 0; i < POINTERS.size(); i++) {
      List<String> pointers = POINTERS.get(i);
      Optional<String> key =
          json.value().flatMap(value -> composed(value, pointers)).flatMap(PayloadFuzz::key);
      check(signals.get(i + 1), "json" + pointers, key, json.extreme());
    }
  }

  private static void check(
      SourceSignal signal, String cache, Optional<String> key, boolean mayRefuse) {
    if (signal instanceof SourceSignal.Rejected rejected) {
      same(cache, rejected.cache(), "the cache that is emptied");
      holds(key.isEmpty() || mayRefuse, "a key was refused");
      return;
    }
    if (key.isEmpty()) {
      throw new AssertionError("what is no key was accepted for " + cache);
    }
    same(
        new SourceSignal.Changed(new Invalidation.Key(cache, key.get()), null),
        signal,
        "the key of " + cache);
  }

  /** The rule of keys, told by the JDK's encoder. */
  private static Optional<String> key(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      return Optional.empty();
    }
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    return bytes >= 1 && bytes <= 512 && text.indexOf('\0') < 0
        ? Optional.of(text)
        : Optional.empty();
  }

  private static Optional<String> composed(Object json, List<String> pointers) {
    List<String> parts = new ArrayList<>();
    for (String pointer : pointers) {
      String part = scalar(target(json, pointer));
      if (part == null) {
        return Optional.empty();
      }
      parts.add(part);
    }
    return Optional.of(parts.size() == 1 ? parts.getFirst() : StringsFuzz.array(parts));
  }

  /** RFC 6901, section 4. */
  private static @Nullable Object target(@Nullable Object json, String pointer) {
    Object here = json;
    if (!pointer.isEmpty()) {
      for (String step : pointer.substring(1).split("/", -1)) {
        String name = step.replace("~1", "/").replace("~0", "~");
        here =
            switch (here) {
              case Map<?, ?> members -> members.get(name);
              case List<?> elements ->
                  name.matches("0|[1-9][0-9]{0,8}") && Integer.parseInt(name) < elements.size()
                      ? elements.get(Integer.parseInt(name))
                      : null;
              case null, default -> null;
            };
      }
    }
    return here;
  }

  private static @Nullable String scalar(@Nullable Object value) {
    return switch (value) {
      case String string -> string;
      case ReferenceJson.Numeral number -> number.text();
      case Boolean truth -> truth.toString();
      case null, default -> null;
    };
  }
}
