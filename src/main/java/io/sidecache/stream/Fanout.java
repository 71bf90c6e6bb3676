/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

import io.sidecache.stream.Frame.Kind;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The readers of one event loop. The pipeline wakes it; it then gives each reader one batch from
 * the ring, in slices between which the loop serves others, and goes on until all are up to date.
 * Readers at one place with one filter share one array of bytes.
 *
 * <p>A reader whose wire is full is passed over and goes on from its place when there is room. It
 * is cut off when the ring has lost that place, or when its wire stays full from one beat to the
 * next.
 */
final class Fanout {
  private static final String GREETING = ": sidecache\nretry: 2000\n";
  private static final int SLICE = 64;
  private static final int BATCH_BYTES = 16 * 1024;
  private static final int VALUES_BATCH = 8;

  private final Executor loop;
  private final Ring ring;
  private final ValueFrames values;
  private final Tally tally;
  private final String history;
  private final InstantSource clock;
  private final Set<Subscriber> subscribers = new LinkedHashSet<>();
  private final Queue<Subscriber> due = new ArrayDeque<>();
  private final Map<Place, Batch> shared = new HashMap<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private boolean again;

  private record Place(long cursor, StreamFilter filter, boolean values) {}

  @SuppressWarnings("ArrayRecordComponent") // never compared, never changed
  private record Batch(Ring.Reading reading, byte[] bytes) {}

  Fanout(
      Executor loop,
      Ring ring,
      ValueFrames values,
      Tally tally,
      String history,
      InstantSource clock) {
    this.loop = loop;
    this.ring = ring;
    this.values = values;
    this.tally = tally;
    this.history = history;
    this.clock = clock;
  }

  /** There is something new. From any thread. */
  void wake() {
    if (woken.compareAndSet(false, true)) {
      run(this::start);
    }
  }

  /** Runs a task on the loop; drops it where the loop has ended, and its readers with it. */
  void run(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      woken.set(false);
    }
  }

  /**
   * Begins to serve a reader, at once: with its position, and with what is to be known there.
   *
   * @param begins whether it has read nothing so far
   * @param resumes whether its place is one of this stream; never together with {@code begins}
   */
  void add(Subscriber subscriber, boolean begins, boolean resumes) {
    subscribers.add(subscriber);
    if (begins || resumes) {
      StreamPosition id = new StreamPosition(history, subscriber.cursor);
      subscriber.outlet.write(utf8(GREETING + "id: " + id + "\n\n"));
    } else {
      // The first id that it is told is the reset's own: with one before that, a reader whose
      // connection ends in between would resume behind a reset that it never saw.
      subscriber.outlet.write(utf8(GREETING + "\n"));
      reset(subscriber);
    }
    if (begins) {
      tellGap(subscriber, ring.state());
    }
    if (pump(subscriber)) {
      wake();
    }
  }

  void remove(Subscriber subscriber) {
    subscriber.gone = true;
    subscribers.remove(subscriber);
  }

  /** The wire has room again. */
  void writable(Subscriber subscriber) {
    subscriber.stalled = false;
    if (pump(subscriber)) {
      wake();
    }
  }

  private void start() {
    woken.set(false); // before looking: what comes from here on wakes again
    if (due.isEmpty()) {
      due.addAll(subscribers);
      slice();
    } else {
      again = true;
    }
  }

  private void slice() {
    for (int i = 0; i < SLICE; i++) {
      Subscriber next = due.poll();
      if (next == null) {
        break;
      }
      again |= pump(next);
    }
    if (!due.isEmpty()) {
      run(this::slice);
      return;
    }
    shared.clear();
    if (again) {
      again = false;
      wake();
    }
  }

  /** Gives a reader its next batch; tells whether there is more to give now. */
  private boolean pump(Subscriber subscriber) {
    if (subscriber.gone || subscriber.loading) {
      return false;
    }
    if (subscriber.outlet.isFull()) {
      if (ring.hasLost(subscriber.cursor)) {
        cut(subscriber);
      }
      return false;
    }
    Batch batch = batch(subscriber);
    if (batch == null) {
      reset(subscriber);
      return false;
    }
    if (subscriber.values && batch.reading.frames().stream().anyMatch(Frame::mayCarryValue)) {
      load(subscriber, batch.reading);
      return false;
    }
    give(subscriber, batch.reading, batch.bytes);
    return batch.reading.more();
  }

  private @Nullable Batch batch(Subscriber subscriber) {
    Place place = new Place(subscriber.cursor, subscriber.filter, subscriber.values);
    Batch known = shared.get(place);
    if (known != null) {
      return known;
    }
    Ring.Reading reading =
        ring.read(
            place.cursor,
            place.filter,
            place.values ? VALUES_BATCH : Integer.MAX_VALUE,
            BATCH_BYTES);
    if (reading == null) {
      return null;
    }
    Batch batch = new Batch(reading, joined(reading.frames().stream().map(Frame::bytes).toList()));
    if (!due.isEmpty()) {
      shared.put(place, batch); // within a round alone, at whose end it is forgotten
    }
    return batch;
  }

  private void load(Subscriber subscriber, Ring.Reading reading) {
    subscriber.loading = true;
    List<CompletableFuture<byte[]>> parts = new ArrayList<>();
    for (Frame frame : reading.frames()) {
      parts.add(values.of(frame));
    }
    CompletionStage<Void> all = CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new));
    all.whenComplete((done, failure) -> run(() -> loaded(subscriber, reading, parts)));
  }

  private void loaded(
      Subscriber subscriber, Ring.Reading reading, List<CompletableFuture<byte[]>> parts) {
    subscriber.loading = false;
    if (!subscriber.gone) {
      give(subscriber, reading, joined(parts.stream().map(CompletableFuture::join).toList()));
      wake();
    }
  }

  private void give(Subscriber subscriber, Ring.Reading reading, byte[] bytes) {
    subscriber.cursor = reading.next();
    if (bytes.length > 0) {
      tally.sent.add(reading.frames().size());
      subscriber.outlet.write(bytes);
    }
  }

  /** Tells a reader to forget all, since what it missed is gone; from then on it is live. */
  private void reset(Subscriber subscriber) {
    Ring.State now = ring.state();
    tally.resets.increment();
    subscriber.cursor = now.newest();
    tell(subscriber, Kind.RESET, "{\"everything\":true,\"at\":\"" + clock.instant() + "\"}");
    tellGap(subscriber, now);
  }

  /** Who comes while a gap is open has not heard of its beginning. */
  private void tellGap(Subscriber subscriber, Ring.State now) {
    if (now.gapOpen()) {
      tell(subscriber, Kind.GAP_OPENED, "{\"at\":\"" + clock.instant() + "\"}");
    }
  }

  private void tell(Subscriber subscriber, Kind kind, String data) {
    StreamPosition id = new StreamPosition(history, subscriber.cursor);
    subscriber.outlet.write(Frame.encode(id, kind, data));
  }

  private void cut(Subscriber subscriber) {
    tally.cut.increment();
    remove(subscriber);
    subscriber.outlet.cut();
  }

  /** Shows each reader that the stream lives, and where it stands; cuts off who does not read. */
  void beat() {
    for (Subscriber subscriber : List.copyOf(subscribers)) {
      if (!subscriber.outlet.isFull()) {
        StreamPosition id = new StreamPosition(history, subscriber.cursor);
        subscriber.outlet.write(utf8(":\nid: " + id + "\n\n"));
      } else if (subscriber.stalled) {
        cut(subscriber);
      } else {
        subscriber.stalled = true;
      }
    }
  }

  /** Gives each reader what it still has to get, as far as there is room, and ends. */
  void end(byte[] last) {
    for (Subscriber subscriber : List.copyOf(subscribers)) {
      boolean more = true;
      while (more) {
        more = pump(subscriber);
      }
      remove(subscriber);
      subscriber.outlet.end(last);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] joined(List<byte[]> parts) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    byte[] whole = new byte[parts.stream().mapToInt(part -> part.length).sum()];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, whole, at, part.length);
      at += part.length;
    }
    return whole;
  }
}
