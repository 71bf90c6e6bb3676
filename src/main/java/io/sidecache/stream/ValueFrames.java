/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

import io.sidecache.invalidation.Invalidation;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Events with the value that their key has now. An event's value is loaded once for all readers who
 * come for it at about the same time. Bounded: so many loads run at once, so many events are kept;
 * beyond that an event goes out without its value rather than late. Safe for any thread.
 */
final class ValueFrames {
  static final int MOST_LOADING = 16;
  private static final int MOST_KEPT = 64;

  private final String history;
  private final ValueSource source;
  private final Map<Long, CompletableFuture<byte[]>> recent = new LinkedHashMap<>();
  private int loading;

  ValueFrames(String history, ValueSource source) {
    this.history = history;
    this.source = source;
  }

  /** The event's bytes, with its value where that can be had; never fails. */
  CompletableFuture<byte[]> of(Frame frame) {
    if (!(frame.invalidation() instanceof Invalidation.Key key)) {
      return CompletableFuture.completedFuture(frame.bytes());
    }
    CompletableFuture<byte[]> mine = new CompletableFuture<>();
    synchronized (this) {
      CompletableFuture<byte[]> present = recent.get(frame.number());
      if (present != null) {
        return present;
      }
      if (loading >= MOST_LOADING) {
        return CompletableFuture.completedFuture(frame.bytes());
      }
      loading++;
      recent.put(frame.number(), mine);
      if (recent.size() > MOST_KEPT) {
        recent.remove(recent.keySet().iterator().next());
      }
    }
    load(frame, key, mine);
    return mine;
  }

  private void load(Frame frame, Invalidation.Key key, CompletableFuture<byte[]> mine) {
    CompletionStage<String> members;
    try {
      members = source.members(key.cache(), key.key());
    } catch (RuntimeException e) {
      members = CompletableFuture.failedFuture(e); // the cache counts and tells what failed
    }
    members.whenComplete(
        (text, failure) -> {
          synchronized (this) {
            loading--;
          }
          mine.complete(failure != null || text.isEmpty() ? frame.bytes() : with(frame, text));
        });
  }

  private byte[] with(Frame frame, String members) {
    String data = frame.data().substring(0, frame.data().length() - 1) + "," + members + "}";
    return Frame.encode(new StreamPosition(history, frame.number()), frame.kind(), data);
  }
}
