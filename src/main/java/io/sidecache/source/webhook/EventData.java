/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import static io.sidecache.source.webhook.EventBatch.require;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The members of an event's {@code data}, as far as they were given. */
final class EventData {
  private @Nullable String cache;
  private @Nullable String key;
  private @Nullable String group;
  private boolean whole;
  private boolean everything;
  private @Nullable String position;
  private @Nullable String nonce;
  private @Nullable Snapshot snapshot;

  static EventData read(JsonParser parser, JsonToken first)
      throws IOException, NotUnderstoodException {
    require(first == JsonToken.START_OBJECT, "an event's data must be an object");
    EventData data = new EventData();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      data.take(name, parser, parser.nextToken());
    }
    return data;
  }

  private void take(String name, JsonParser parser, JsonToken value)
      throws IOException, NotUnderstoodException {
    switch (name) {
      case "cache" -> {
        cache = name(parser, value, name);
        require(!cache.isEmpty(), "data.cache must not be empty");
      }
      case "key" -> key = name(parser, value, name);
      case "group" -> {
        group = name(parser, value, name);
        require(!group.isEmpty(), "data.group must not be empty");
      }
      case "whole" -> whole = isTrue(value, name);
      case "everything" -> everything = isTrue(value, name);
      case "position" -> position = text(parser, value, name);
      case "at" -> text(parser, value, name); // for people
      case "nonce" -> nonce = text(parser, value, name);
      case "snapshot" -> snapshot = snapshot(text(parser, value, name));
      default ->
          throw new NotUnderstoodException(
              "data must have no members but cache, key, group, whole, everything, position, at,"
                  + " nonce and snapshot");
    }
  }

  Statement invalidated() throws NotUnderstoodException {
    require(nonce == null && snapshot == null, "nonce and snapshot are for a heartbeat");
    int forms =
        (key == null ? 0 : 1) + (group == null ? 0 : 1) + (whole ? 1 : 0) + (everything ? 1 : 0);
    require(forms == 1, "data must have one of key, group, whole and everything");
    if (everything) {
      require(cache == null, "everything has no cache");
      return new Statement.Change(new Invalidation.Everything(), told());
    }
    if (cache == null) {
      throw new NotUnderstoodException("data must name a cache");
    }
    if (key != null) {
      return new Statement.Change(new Invalidation.Key(cache, key), told());
    }
    return new Statement.Change(
        group == null ? new Invalidation.WholeCache(cache) : new Invalidation.Tag(cache, group),
        told());
  }

  /** A reset of one cache or of all. */
  Statement reset() throws NotUnderstoodException {
    require(nonce == null && snapshot == null, "nonce and snapshot are for a heartbeat");
    require(key == null && group == null, "a reset has no key and no group");
    require(cache == null || !everything, "everything has no cache");
    return new Statement.Change(
        cache == null ? new Invalidation.Everything() : new Invalidation.WholeCache(cache), told());
  }

  Statement beat() throws NotUnderstoodException {
    require(
        cache == null && key == null && group == null && !whole && !everything,
        "a heartbeat's data has nonce, position and snapshot alone");
    if (nonce == null && position == null && snapshot == null) {
      return new Statement.Beat(Optional.empty());
    }
    if (nonce == null || position == null || snapshot == null) {
      throw new NotUnderstoodException(
          "a heartbeat's data has nonce, position and snapshot, or none of them");
    }
    Position proven =
        position(position)
            .orElseThrow(
                () ->
                    new NotUnderstoodException(
                        "a heartbeat's position must have the form 1-745-16/B374D848"));
    return new Statement.Beat(Optional.of(new Statement.Proof(nonce, proven, snapshot)));
  }

  /** Where the change stands; what a sender writes there in a form of its own tells us nothing. */
  private @Nullable Position told() {
    return position == null ? null : position(position).orElse(null);
  }

  /** A name that PostgreSQL, by way of which others are told of it, can hold. */
  private static String name(JsonParser parser, JsonToken value, String name)
      throws IOException, NotUnderstoodException {
    String text = text(parser, value, name);
    require(text.indexOf(0) < 0, "data." + name + " must not hold a NUL");
    return text;
  }

  private static boolean isTrue(JsonToken value, String name) throws NotUnderstoodException {
    require(value == JsonToken.VALUE_TRUE, "data." + name + " must be true");
    return true;
  }

  static String text(JsonParser parser, JsonToken value, String name)
      throws IOException, NotUnderstoodException {
    require(value == JsonToken.VALUE_STRING, name + " must be a string");
    return parser.getText();
  }

  private static Optional<Position> position(String text) {
    String[] parts = text.split("-", -1);
    if (parts.length != 3 || !isNumber(parts[0]) || !isNumber(parts[1])) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Position(
              Long.parseLong(parts[0]),
              Long.parseUnsignedLong(parts[1]),
              Position.parseLsn(parts[2])));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The JDK's parsers take a sign and the digits of any script, too. */
  private static boolean isNumber(String text) {
    return text.length() <= 20 && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static Snapshot snapshot(String text) throws NotUnderstoodException {
    try {
      return Snapshot.parse(text);
    } catch (IllegalArgumentException e) {
      throw new NotUnderstoodException("data.snapshot must have the form 100:105:100,103");
    }
  }
}
