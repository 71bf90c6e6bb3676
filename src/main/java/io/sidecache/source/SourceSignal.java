/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One fact that a source reports, in the order in which facts must take effect. */
public sealed interface SourceSignal {

  /**
   * Something changed in the database and has become visible there.
   *
   * @param invalidation what to forget
   * @param position where the change stands, or null where the notification does not tell
   */
  record Changed(Invalidation invalidation, @Nullable Position position) implements SourceSignal {
    public Changed {
      Objects.requireNonNull(invalidation, "invalidation");
    }
  }

  /**
   * A barrier: every change that was committed before {@code sentNanos} has been given to the sink
   * ahead of this signal.
   *
   * @param nonce tells this barrier from all others of the process
   * @param position where the server stood when the heartbeat was made
   * @param snapshot taken by the server after {@code sentNanos}: every change that it sees has been
   *     given to the sink ahead of this signal
   * @param sentNanos this process's monotonic clock, read before the heartbeat was sent
   */
  record Heartbeat(String nonce, Position position, Snapshot snapshot, long sentNanos)
      implements SourceSignal {
    public Heartbeat {
      Objects.requireNonNull(nonce, "nonce");
      Objects.requireNonNull(position, "position");
      Objects.requireNonNull(snapshot, "snapshot");
    }
  }

  /**
   * From here on changes may be missed: nothing may be called fresh until a {@link GapClosed} and a
   * {@link Heartbeat} after it.
   *
   * @param reason one line for people: what failed, with live state, without credentials
   */
  record GapOpened(String reason) implements SourceSignal {
    public GapOpened {
      Objects.requireNonNull(reason, "reason");
    }
  }

  /**
   * All that was missed has been given to the sink ahead of this signal, as changes or as widened
   * invalidations.
   *
   * @param length how long the gap was open, by the monotonic clock
   */
  record GapClosed(Duration length) implements SourceSignal {
    public GapClosed {
      if (length.isNegative()) {
        throw new IllegalArgumentException("length must not be negative, was " + length);
      }
    }
  }

  /**
   * A notification that could not be read. It widens to the whole cache; the payload is not kept.
   *
   * @param channel the channel it came on
   * @param cache the cache to empty
   * @param reason why it could not be read, without its content
   */
  record Rejected(String channel, String cache, String reason) implements SourceSignal {
    public Rejected {
      Objects.requireNonNull(channel, "channel");
      Objects.requireNonNull(cache, "cache");
      Objects.requireNonNull(reason, "reason");
    }
  }
}
