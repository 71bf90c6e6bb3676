/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

import static io.sidecache.fuzz.Oracle.holds;
import static io.sidecache.fuzz.Oracle.same;

import io.sidecache.fuzz.Oracle;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceSignal;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Fuzzes the position from which a reader wants to go on, up to what the reader is given. */
public final class StreamPositionFuzz {
  private static final String HISTORY = "0123456789abcdef";
  private static final int KEPT = 8;
  private static final int EVENTS = 20;
  private static final Executor LOOP = Runnable::run;
  private static final EventStream STREAM = stream();

  private StreamPositionFuzz() {}

  private static EventStream stream() {
    EventStream stream =
        new EventStream(
            new EventStream.Settings(KEPT, 2),
            HISTORY,
            InstantSource.fixed(Instant.EPOCH),
            cache -> true,
            (cache, key) -> CompletableFuture.completedFuture(""));
    for (int i = 1; i <= EVENTS; i++) {
      stream.apply(
          i, new SourceSignal.Changed(new Invalidation.Key("products", Integer.toString(i)), null));
    }
    return stream;
  }

  private static final class Wire implements Outlet {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @Override
    public void write(byte[] bytes) {
      written.writeBytes(bytes);
    }

    @Override
    public boolean isFull() {
      return false;
    }

    @Override
    public void end(byte[] last) {
      throw new AssertionError("nobody ended the stream");
    }

    @Override
    public void cut() {
      throw new AssertionError("the reader was cut off");
    }
  }

  /** One input: a position. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = Oracle.latin1(input);
    String number = text.length() > 17 ? text.substring(17) : "";
    boolean wanted =
        text.length() > 17
            && text.charAt(16) == '-'
            && text.chars().limit(16).allMatch(c -> "0123456789abcdef".indexOf(c) >= 0)
            && number.length() <= 18
            && number.chars().allMatch(c -> "0123456789".indexOf(c) >= 0)
            && (number.equals("0") || number.charAt(0) != '0');
    StreamPosition position;
    try {
      position = StreamPosition.parse(text);
    } catch (IllegalArgumentException e) {
      holds(!wanted, "a position was refused");
      return;
    }
    holds(wanted, "what is no position was accepted");
    same(text, position.toString(), "the position as it is written");
    same(new BigInteger(number).longValue(), position.number(), "the number");
    resume(position);
  }

  private static void resume(StreamPosition position) {
    Wire wire = new Wire();
    Subscription reader =
        STREAM
            .subscribe(
                new EventStream.Request(
                    new StreamFilter(Set.of(), Set.of()), false, Optional.of(position)),
                wire,
                LOOP)
            .orElseThrow();
    reader.gone();
    String text = wire.written.toString(StandardCharsets.UTF_8);
    boolean known =
        position.history().equals(HISTORY)
            && position.number() >= EVENTS - KEPT
            && position.number() <= EVENTS;
    same(!known, text.contains("event: reset\n"), "whether the reader is told that it lost events");
    List<String> ids = text.lines().filter(line -> line.startsWith("data: {\"cache\"")).toList();
    List<String> missed = new ArrayList<>();
    for (long i = position.number() + 1; known && i <= EVENTS; i++) {
      missed.add(
          "data: {\"cache\":\"products\",\"key\":\""
              + i
              + "\",\"position\":\""
              + new StreamPosition(HISTORY, i)
              + "\",\"at\":\"1970-01-01T00:00:00Z\"}");
    }
    same(missed, ids, "what the reader missed");
    same(0, STREAM.figures().subscribers(), "how many readers are left");
  }
}
