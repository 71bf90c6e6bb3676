/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceSignal;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Looks at the server through the pool, and brings home what is seen. Blocks its callers. */
final class Looks {
  private final Server server;
  private final Answers answers;

  /** Who is told. Called by any thread. */
  interface Answers {
    /** What has been read of the log by now. */
    Seen seen();

    /** A row of the log that nobody was notified of. */
    void changed(SourceSignal.Changed change);

    /** An answer came; its rows have been passed on. Blocks for a moment at most. */
    void answered(Heartbeats.Beat beat, Seen before, Look look);
  }

  Looks(Server server, Answers answers) {
    this.server = server;
    this.answers = answers;
  }

  /**
   * Looks once.
   *
   * @param issue makes the look when there is a connection to send it on
   */
  void look(Supplier<Heartbeats.Beat> issue) throws SQLException {
    run(issue, (seen, nonce, c) -> server.look(seen, Look.Rows.SILENT, nonce, c));
  }

  /** Publishes, and looks in the same transaction; returns when that has been committed. */
  void publish(List<Invalidation> invalidations, Supplier<Heartbeats.Beat> issue)
      throws SQLException {
    run(issue, (seen, nonce, c) -> server.publish(invalidations, seen, nonce, c));
  }

  /** One way to look. */
  @FunctionalInterface
  private interface Way {
    Look go(
        Optional<Cursor> seen,
        Supplier<Optional<String>> nonce,
        Consumer<SourceSignal.Changed> changes)
        throws SQLException;
  }

  private void run(Supplier<Heartbeats.Beat> issue, Way way) throws SQLException {
    AtomicReference<Heartbeats.Beat> issued = new AtomicReference<>();
    Seen before = answers.seen();
    Look look =
        way.go(
            before.cursor(),
            () -> {
              Heartbeats.Beat beat = issue.get();
              issued.set(beat);
              return beat.sends() ? Optional.of(beat.nonce()) : Optional.empty();
            },
            answers::changed);
    Heartbeats.Beat beat = issued.get();
    if (beat != null) {
      answers.answered(beat, before, look);
    }
  }
}
