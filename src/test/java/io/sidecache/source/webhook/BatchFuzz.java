/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import static io.sidecache.fuzz.Oracle.holds;
import static io.sidecache.fuzz.Oracle.same;

import io.sidecache.fuzz.ReferenceJson;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Fuzzes the body of a webhook that comes in. */
public final class BatchFuzz {
  private static final Pattern POSITION =
      Pattern.compile("([0-9]{1,10})-([0-9]{1,20})-([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})");
  private static final Set<String> DATA =
      Set.of("cache", "key", "group", "whole", "everything", "position", "at", "nonce", "snapshot");

  private BatchFuzz() {}

  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused() {
      super(null, null, false, false);
    }
  }

  /** One input: a body. */
  public static void fuzzerTestOneInput(byte[] input) {
    List<Statement> read;
    try {
      read = EventBatch.read(input);
    } catch (NotUnderstoodException e) {
      read = null;
    }
    ReferenceJson.Found json = ReferenceJson.read(text(input));
    List<Statement> wanted;
    try {
      wanted = statements(json.value().orElseThrow(Refused::new));
    } catch (Refused e) {
      wanted = null;
    }
    if (read == null && json.extreme()) {
      return;
    }
    same(wanted, read, "the statements");
  }

  private static String text(byte[] input) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(input)).toString();
    } catch (CharacterCodingException e) {
      return ""; // which is no JSON
    }
  }

  private static List<Statement> statements(Object json) {
    List<Statement> statements = new ArrayList<>();
    for (Object event : is(json, List.class)) {
      statements.add(statement(is(event, Map.class)));
    }
    return statements;
  }

  private static <T> T is(@Nullable Object value, Class<T> type) {
    if (!type.isInstance(value)) {
      throw new Refused();
    }
    return type.cast(value);
  }

  private static @Nullable String optional(Map<?, ?> members, String name) {
    return members.containsKey(name) ? is(members.get(name), String.class) : null;
  }

  private static boolean flag(Map<?, ?> members, String name) {
    if (members.containsKey(name) && !Boolean.TRUE.equals(members.get(name))) {
      throw new Refused();
    }
    return members.containsKey(name);
  }

  private static void require(boolean rule) {
    if (!rule) {
      throw new Refused();
    }
  }

  private static Statement statement(Map<?, ?> event) {
    require("1.0".equals(event.get("specversion")));
    for (String name : List.of("id", "source")) {
      require(!is(event.get(name), String.class).isEmpty());
    }
    String mediaType = optional(event, "datacontenttype");
    require(mediaType == null || mediaType.matches("(?i)application/json[ \\t]*(;(?s:.*))?"));
    require(!event.containsKey("data_base64"));
    Map<?, ?> data = event.containsKey("data") ? is(event.get("data"), Map.class) : Map.of();
    require(DATA.containsAll(data.keySet()));
    optional(data, "at");
    String place = optional(data, "position");
    Position position = position(place);
    Snapshot snapshot = snapshot(optional(data, "snapshot"));
    String cache = optional(data, "cache");
    String key = optional(data, "key");
    String group = optional(data, "group");
    require(!"".equals(cache) && !"".equals(group));
    for (String name : List.of("cache", "key", "group")) {
      require(!data.containsKey(name) || is(data.get(name), String.class).indexOf(0) < 0);
    }
    boolean whole = flag(data, "whole");
    boolean everything = flag(data, "everything");
    String nonce = optional(data, "nonce");
    String type = is(event.get("type"), String.class);
    holds(EventBatch.INVALIDATED.equals("io.sidecache.invalidated"), "the name on the wire");
    boolean ofHeartbeat = nonce != null || snapshot != null;
    return switch (type) {
      case "io.sidecache.invalidated" -> {
        require(!ofHeartbeat);
        int forms = 0;
        Invalidation said = new Invalidation.Everything();
        for (String form : List.of("key", "group", "whole", "everything")) {
          forms += data.containsKey(form) ? 1 : 0;
        }
        require(forms == 1 && everything == (cache == null));
        if (cache != null) {
          said =
              key != null
                  ? new Invalidation.Key(cache, key)
                  : group != null
                      ? new Invalidation.Tag(cache, group)
                      : new Invalidation.WholeCache(cache);
        }
        yield new Statement.Change(said, position);
      }
      case "io.sidecache.reset" -> {
        require(!ofHeartbeat && key == null && group == null);
        require(cache == null || !everything);
        yield new Statement.Change(
            cache == null ? new Invalidation.Everything() : new Invalidation.WholeCache(cache),
            position);
      }
      case "io.sidecache.heartbeat" -> {
        require(cache == null && key == null && group == null && !whole && !everything);
        if (nonce != null && position != null && snapshot != null) {
          yield new Statement.Beat(Optional.of(new Statement.Proof(nonce, position, snapshot)));
        }
        require(nonce == null && place == null && snapshot == null);
        yield new Statement.Beat(Optional.empty());
      }
      default -> throw new Refused();
    };
  }

  private static @Nullable Position position(@Nullable String text) {
    if (text == null) {
      return null;
    }
    Matcher parts = POSITION.matcher(text);
    if (!parts.matches()) {
      return null;
    }
    BigInteger timeline = new BigInteger(parts.group(1));
    BigInteger xid = new BigInteger(parts.group(2));
    if (timeline.signum() == 0 || timeline.bitLength() > 32 || xid.bitLength() > 64) {
      return null;
    }
    long lsn =
        new BigInteger(parts.group(3), 16)
            .shiftLeft(32)
            .or(new BigInteger(parts.group(4), 16))
            .longValue();
    return new Position(timeline.longValue(), xid.longValue(), lsn);
  }

  /** Its own target is io.sidecache.source.postgres.PositionFuzz. */
  private static @Nullable Snapshot snapshot(@Nullable String text) {
    try {
      return text == null ? null : Snapshot.parse(text);
    } catch (IllegalArgumentException e) {
      throw new Refused();
    }
  }
}
