/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.netty.buffer.Unpooled;
import io.quarkus.arc.Arc;
import io.quarkus.runtime.Application;
import io.sidecache.cache.Caches;
import io.sidecache.cache.NamedCache;
import io.sidecache.cache.Value;
import io.sidecache.stream.EventStream;
import io.sidecache.stream.Outlet;
import io.sidecache.stream.StreamFilter;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The packaged application with a witness in the same process who notes when an entry is gone: a
 * reader of the live stream that is called on the pipeline's own thread, where the caches come
 * before the stream.
 *
 * <p>Runs as a child of the benchmark. What the system's monotonic clock says is the same in all
 * processes of a machine (clock_gettime(2), CLOCK_MONOTONIC), so the benchmark can compare.
 *
 * <p>Arguments: the cache to watch; and, where a {@link BareStream} is to stand beside it, that
 * one's port and the URI of its database. Lines on standard input: {@code fill <n>} stores the keys
 * below n and forgets what was noted, {@code evicted} prints when each of them went.
 */
public final class Witness implements Outlet {
  private static final byte[] BODY = new byte[100];

  private final KeyScanner scanner = new KeyScanner(this::gone);
  private volatile AtomicLongArray goneNanos = new AtomicLongArray(0);

  private Witness() {}

  public static void main(String[] arguments) throws Exception {
    Application application = Packaged.start();
    try {
      String cache = arguments[0];
      Witness witness = new Witness();
      witness.watch(Arc.container().instance(EventStream.class).get(), cache);
      if (arguments.length > 1) {
        BareStream.start(Integer.parseInt(arguments[1]), arguments[2]);
      }
      NamedCache watched = Arc.container().instance(Caches.class).get().find(cache).orElseThrow();
      System.out.println("witness ready");
      witness.obey(watched);
    } finally {
      application.stop();
      System.exit(0);
    }
  }

  private void watch(EventStream stream, String cache) {
    EventStream.Request wanted =
        new EventStream.Request(new StreamFilter(Set.of(cache), Set.of()), false, Optional.empty());
    onOneThread(
        () -> {
          if (stream.subscribe(wanted, this, Witness::onOneThread).isEmpty()) {
            throw new IllegalStateException("the stream takes no more readers");
          }
        });
  }

  /** The stream may be told by several threads, if only of heartbeats. */
  private static synchronized void onOneThread(Runnable task) {
    task.run();
  }

  private void obey(NamedCache watched) throws Exception {
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      if (order.startsWith("fill ")) {
        fill(watched, Integer.parseInt(order.substring("fill ".length())));
        System.out.println("witness filled");
      } else {
        System.out.println("witness evicted " + times());
      }
    }
  }

  private void fill(NamedCache watched, int keys) {
    goneNanos = new AtomicLongArray(keys);
    for (int key = 0; key < keys; key++) {
      watched.fill(Integer.toString(key), Value.of(BODY, "application/json"), null);
    }
  }

  private String times() {
    AtomicLongArray times = goneNanos;
    return IntStream.range(0, times.length())
        .mapToObj(key -> Long.toString(times.get(key)))
        .collect(Collectors.joining(" "));
  }

  private void gone(int key) {
    AtomicLongArray times = goneNanos;
    if (key < times.length()) { // else nobody asked
      times.set(key, System.nanoTime());
    }
  }

  @Override
  public void write(byte[] bytes) {
    scanner.scan(Unpooled.wrappedBuffer(bytes));
  }

  @Override
  public boolean isFull() {
    return false;
  }

  @Override
  public void end(byte[] last) {}

  @Override
  public void cut() {}
}
