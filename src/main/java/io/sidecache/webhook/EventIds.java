/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Gives events and messages the names by which receivers drop repetitions.
 *
 * <p>An event whose transaction is known has the same id in every process that tells of it: it is a
 * digest of timeline, transaction and what was forgotten. Others get an id that no other event has,
 * because two changes taken for one would be a lost eviction (docs/adr/0018). Safe for any thread.
 */
final class EventIds {
  private static final int ID_BYTES = 16;

  private final String process;
  private final AtomicLong resets = new AtomicLong();

  /**
   * Makes the ids of one process.
   *
   * @param process tells this process from all others, its predecessors included
   */
  EventIds(String process) {
    this.process = process;
  }

  /** The id of an eviction. */
  String of(Told told) {
    Position position = told.event().position();
    if (position == null || position.xid() == 0) {
      return process + "-" + told.number();
    }
    return digest(position, told.event().invalidation());
  }

  /** An id for a new reset. */
  String ofReset() {
    return process + "-r" + resets.incrementAndGet();
  }

  /** The id of a message: the same for the same events to the same peer. */
  static String ofMessage(String peer, List<String> events) {
    MessageDigest digest = sha256();
    digest.update(peer.getBytes(StandardCharsets.UTF_8));
    for (String event : events) {
      digest.update((byte) '\n');
      digest.update(event.getBytes(StandardCharsets.UTF_8));
    }
    return "msg_" + text(digest);
  }

  private static String digest(Position position, Invalidation invalidation) {
    return switch (invalidation) {
      case Invalidation.Key key -> digest(position, "key", key.cache(), key.key());
      case Invalidation.Tag tag -> digest(position, "group", tag.cache(), tag.tag());
      case Invalidation.WholeCache whole -> digest(position, "whole", whole.cache(), null);
      case Invalidation.Everything _ -> digest(position, "everything", "", null);
    };
  }

  private static String digest(
      Position position, String kind, String cache, @Nullable String name) {
    MessageDigest digest = sha256();
    String head =
        position.timeline()
            + "/"
            + Long.toUnsignedString(position.xid())
            + "/"
            + kind
            + "/"
            + cache.length()
            + "/"
            + cache;
    digest.update(head.getBytes(StandardCharsets.UTF_8));
    if (name != null) {
      digest.update(name.getBytes(StandardCharsets.UTF_8));
    }
    return text(digest);
  }

  private static String text(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest(), 0, ID_BYTES);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
