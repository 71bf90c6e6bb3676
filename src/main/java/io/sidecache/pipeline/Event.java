/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.pipeline;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.JsonText;
import io.sidecache.invalidation.Position;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One eviction as those outside are told of it, by webhooks and by server-sent events alike.
 * Immutable.
 *
 * @param invalidation what was forgotten
 * @param position where the change stands in the database's history, or null where nobody told
 * @param at when this sidecar heard of it
 */
public record Event(Invalidation invalidation, @Nullable Position position, Instant at) {
  public Event {
    Objects.requireNonNull(invalidation, "invalidation");
    Objects.requireNonNull(at, "at");
  }

  /**
   * The event's {@code data}: {@code {"cache":"products","key":"42","position":"…","at":"…"}}.
   *
   * @param place as of {@link #appendJson}
   */
  public String json(String place) {
    StringBuilder out = new StringBuilder(160);
    appendJson(out, place);
    return out.toString();
  }

  /**
   * Appends the event's {@code data}. In place of {@code key} there may be {@code group} or {@code
   * "whole":true}; {@code "everything":true} stands alone, without {@code cache} and, where that is
   * not known, {@code position}. {@code at} has the form of RFC 3339.
   *
   * @param place what tells the event from all others, for {@code position} where its place in the
   *     database's history is not known
   */
  public void appendJson(StringBuilder out, String place) {
    switch (invalidation) {
      case Invalidation.Key key -> {
        appendMember(out.append('{'), "cache", key.cache());
        appendMember(out.append(','), "key", key.key());
      }
      case Invalidation.Tag tag -> {
        appendMember(out.append('{'), "cache", tag.cache());
        appendMember(out.append(','), "group", tag.tag());
      }
      case Invalidation.WholeCache whole -> {
        appendMember(out.append('{'), "cache", whole.cache());
        out.append(",\"whole\":true");
      }
      case Invalidation.Everything _ -> out.append("{\"everything\":true");
    }
    if (position != null) {
      appendMember(out.append(','), "position", position.text());
    } else if (!(invalidation instanceof Invalidation.Everything)) {
      appendMember(out.append(','), "position", place);
    }
    appendMember(out.append(','), "at", at.toString());
    out.append('}');
  }

  private static void appendMember(StringBuilder out, String name, String value) {
    out.append('"').append(name).append("\":");
    JsonText.appendString(out, value);
  }
}
