/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.testing;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SignalSink;
import io.sidecache.source.SourceSignal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Keeps every signal, and tells whoever asked of each heartbeat. */
public final class RecordingSink implements SignalSink {
  private final List<SourceSignal> signals = new CopyOnWriteArrayList<>();
  private volatile Consumer<SourceSignal.Heartbeat> onHeartbeat = heartbeat -> {};

  /** Stands for the last sink of a pipeline that applies at once. */
  public void onHeartbeat(Consumer<SourceSignal.Heartbeat> listener) {
    onHeartbeat = listener;
  }

  @Override
  public void accept(SourceSignal signal) {
    signals.add(signal);
    if (signal instanceof SourceSignal.Heartbeat heartbeat) {
      onHeartbeat.accept(heartbeat);
    }
  }

  public List<SourceSignal> signals() {
    return List.copyOf(signals);
  }

  public void clear() {
    signals.clear();
  }

  /** The signals of one kind, in order. */
  public <T extends SourceSignal> List<T> all(Class<T> kind) {
    return signals.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** What has been invalidated, without order. */
  public Set<Invalidation> invalidations() {
    return all(SourceSignal.Changed.class).stream()
        .map(SourceSignal.Changed::invalidation)
        .collect(Collectors.toSet());
  }

  /** The kinds of the signals, in order; heartbeats in a row count once. */
  public List<String> kinds() {
    List<String> kinds = new ArrayList<>();
    for (SourceSignal signal : signals) {
      String kind = signal.getClass().getSimpleName();
      if (!kind.equals("Heartbeat") || kinds.isEmpty() || !kinds.getLast().equals(kind)) {
        kinds.add(kind);
      }
    }
    return kinds;
  }
}
