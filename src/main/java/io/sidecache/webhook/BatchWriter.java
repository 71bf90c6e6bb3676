/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.JsonText;
import io.sidecache.pipeline.Event;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes messages for one peer as CloudEvents 1.0 in the JSON Batch Format (CloudEvents, "JSON
 * Event Format", section 4). Called by the peer's thread.
 */
final class BatchWriter {
  private static final String HEX = "0123456789ABCDEF";

  private final String peer;
  private final String source;
  private final EventIds ids;
  private final InstantSource wallClock;

  BatchWriter(String peer, String source, EventIds ids, InstantSource wallClock) {
    this.peer = peer;
    this.source = source;
    this.ids = ids;
    this.wallClock = wallClock;
  }

  /** A message that tells of evictions, in order. */
  Batch evictions(List<Told> events) {
    StringBuilder out = new StringBuilder(320 * events.size());
    List<String> names = new ArrayList<>(events.size());
    for (Told told : events) {
      String id = ids.of(told);
      names.add(id);
      out.append(out.isEmpty() ? '[' : ',');
      append(out, id, "io.sidecache.invalidated", told.event());
    }
    out.append(']');
    return new Batch(
        EventIds.ofMessage(peer, names),
        out.toString().getBytes(StandardCharsets.UTF_8),
        events.size(),
        Batch.Kind.EVICTIONS);
  }

  /** A message that tells the peer to forget everything it holds. */
  Batch reset() {
    String id = ids.ofReset();
    StringBuilder out = new StringBuilder(320).append('[');
    append(
        out,
        id,
        "io.sidecache.reset",
        new Event(new Invalidation.Everything(), null, wallClock.instant()));
    out.append(']');
    return new Batch(
        EventIds.ofMessage(peer, List.of(id)),
        out.toString().getBytes(StandardCharsets.UTF_8),
        0,
        Batch.Kind.RESET);
  }

  /** A message that says that all has been said. */
  Batch heartbeat(Beat beat) {
    String id = ids.ofHeartbeat();
    StringBuilder out = new StringBuilder(320).append('[');
    appendHead(out, id, "io.sidecache.heartbeat");
    appendTime(out, wallClock.instant());
    out.append('{');
    beat.proof()
        .ifPresent(
            proof -> {
              JsonText.appendString(out.append("\"nonce\":"), proof.nonce());
              out.append(",\"position\":\"").append(proof.position().text());
              out.append("\",\"snapshot\":\"").append(proof.snapshot()).append('"');
            });
    out.append("}}]");
    return new Batch(
        EventIds.ofMessage(peer, List.of(id)),
        out.toString().getBytes(StandardCharsets.UTF_8),
        0,
        Batch.Kind.HEARTBEAT);
  }

  private void append(StringBuilder out, String id, String type, Event event) {
    appendHead(out, id, type);
    appendSubject(out, event.invalidation());
    appendTime(out, event.at());
    event.appendJson(out, id);
    out.append('}');
  }

  private void appendHead(StringBuilder out, String id, String type) {
    out.append("{\"specversion\":\"1.0\",\"id\":\"").append(id).append("\",\"source\":");
    JsonText.appendString(out, source);
    out.append(",\"type\":\"").append(type).append('"');
  }

  private static void appendTime(StringBuilder out, Instant at) {
    out.append(",\"time\":\"")
        .append(at)
        .append("\",\"datacontenttype\":\"application/json\",\"data\":");
  }

  private static void appendSubject(StringBuilder out, Invalidation invalidation) {
    switch (invalidation) {
      case Invalidation.Key key -> appendSubject(out, key.cache(), "/entries/", key.key());
      case Invalidation.Tag tag -> appendSubject(out, tag.cache(), "/groups/", tag.tag());
      case Invalidation.WholeCache whole -> appendSubject(out, whole.cache(), "", "");
      case Invalidation.Everything _ -> {} // a subject is optional
    }
  }

  private static void appendSubject(StringBuilder out, String cache, String middle, String name) {
    out.append(",\"subject\":\"caches/");
    appendEncoded(out, cache);
    out.append(middle);
    appendEncoded(out, name);
    out.append('"');
  }

  /** One path segment: all but the unreserved characters are percent-encoded (RFC 3986, 2.3). */
  private static void appendEncoded(StringBuilder out, String text) {
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (isUnreserved(b)) {
        out.append((char) b);
      } else {
        out.append('%').append(HEX.charAt((b >> 4) & 0xF)).append(HEX.charAt(b & 0xF));
      }
    }
  }

  private static boolean isUnreserved(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || b == '-'
        || b == '.'
        || b == '_'
        || b == '~';
  }
}
