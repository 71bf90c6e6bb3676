/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Commits transactions of all sorts, past the proxies, and tells each key's history. Several
 * writers with pauses between statement and commit make transactions commit in another order than
 * they began.
 */
final class Writer implements Runnable {
  private static final int MOST_KEYS = 10;
  private static final int BULK_KEYS = 2 * Bed.COARSEN_AFTER;

  private final Run run;
  private final RandomGenerator random;
  private final int pauseMillis;
  private @Nullable Connection connection;

  /** One key's change within a transaction. */
  private record Change(KeyHistory history, long version, boolean absent) {}

  Writer(Run run, RandomGenerator random, int pauseMillis) {
    this.run = run;
    this.random = random;
    this.pauseMillis = pauseMillis;
  }

  @Override
  public void run() {
    while (run.isWriting()) {
      List<KeyHistory> held = new ArrayList<>();
      try {
        transaction(held);
      } finally {
        held.forEach(history -> history.writing.unlock());
      }
      pause(pauseMillis);
    }
    disconnect();
  }

  private void transaction(List<KeyHistory> held) {
    int kind = random.nextInt(100);
    if (kind < 60) {
      hold(1, held);
      write("single", held, 3);
    } else if (kind < 83) {
      hold(2 + random.nextInt(MOST_KEYS - 1), held);
      write("several keys", held, 20);
    } else if (kind < 88) {
      hold(1 + random.nextInt(MOST_KEYS), held);
      write("rollback", held, 10);
    } else if (kind < 91) {
      hold(1 + random.nextInt(3), held);
      write("long", held, 2_000);
    } else if (kind < 98) {
      holdRange(random.nextBoolean() ? Subject.ROWS : Subject.ASIDE, held);
      write("bulk", held, 20);
    } else {
      holdAll(Subject.SMALL, held);
      write("truncate", held, 20);
    }
  }

  /** Takes keys that nobody else is writing; in any order, since it does not wait for them. */
  private void hold(int count, List<KeyHistory> held) {
    Set<KeyHistory> wanted = new LinkedHashSet<>();
    while (wanted.size() < count) {
      wanted.add(run.anyKey(random));
    }
    wanted.stream().filter(history -> history.writing.tryLock()).forEach(held::add);
  }

  private void holdRange(Subject subject, List<KeyHistory> held) {
    int count = 1 + random.nextInt(BULK_KEYS);
    int first = 1 + random.nextInt(subject.keys - count + 1);
    for (int key = first; key < first + count; key++) {
      KeyHistory history = run.oracle.history(subject, key);
      if (history.writing.tryLock()) {
        held.add(history);
      }
    }
  }

  private void holdAll(Subject subject, List<KeyHistory> held) {
    for (int key = 1; key <= subject.keys; key++) {
      KeyHistory history = run.oracle.history(subject, key);
      history.writing.lock();
      held.add(history);
    }
  }

  private void write(String kind, List<KeyHistory> held, int dawdleMillis) {
    List<Change> changes = new ArrayList<>();
    for (KeyHistory history : held) {
      boolean absent =
          kind.equals("truncate")
              || (!history.isAbsent() && history.subject.deletes && random.nextInt(8) == 0);
      if (!(kind.equals("truncate") && history.isAbsent())) {
        changes.add(new Change(history, history.issue(absent), absent));
      }
    }
    boolean committing = false;
    boolean ended = false;
    try {
      Connection open = open();
      if (kind.equals("truncate")) {
        execute(open, "truncate small");
      } else {
        apply(open, changes, kind.equals("bulk"));
      }
      pause(dawdleMillis);
      if (kind.equals("rollback")) {
        open.rollback();
        end(changes, false);
        ended = true;
      } else {
        committing = true;
        open.commit();
        end(changes, true);
        ended = true;
        run.oracle.tally.count("commits, " + kind);
        run.oracle.tally.count("versions committed", changes.size());
        committing = false;
        tellPosition(open, changes);
      }
    } catch (SQLException e) {
      disconnect();
      run.oracle.tally.count("transactions that failed with SQLSTATE " + e.getSQLState());
      if (committing) {
        resolve(changes);
      } else if (!ended) {
        end(changes, false);
      }
    }
  }

  /** Where the server stands now lies behind the commit. */
  private void tellPosition(Connection open, List<Change> changes) throws SQLException {
    for (Change change : changes) {
      if (!change.history.subject.isMonotonic() && random.nextInt(8) == 0) {
        try (Statement statement = open.createStatement();
            ResultSet row = statement.executeQuery("select pg_current_wal_insert_lsn()::text")) {
          row.next();
          run.toReadAfter(new PositionReader.Job(change.history, change.version, row.getString(1)));
        }
        open.rollback();
        return;
      }
    }
  }

  private static void end(List<Change> changes, boolean committed) {
    long nanos = System.nanoTime();
    for (Change change : changes) {
      if (committed) {
        change.history.committed(change.version, nanos);
      } else {
        change.history.rolledBack(change.version, nanos);
      }
    }
  }

  private void apply(Connection open, List<Change> changes, boolean bulk) throws SQLException {
    Map<Subject, List<Change>> updates = new EnumMap<>(Subject.class);
    Set<String> groups = new LinkedHashSet<>();
    for (Change change : changes) {
      Subject subject = change.history.subject;
      if (subject.byGroup) {
        groups.add(Subject.group(change.history.key));
      }
      if (bulk && !change.absent && !change.history.isAbsent()) {
        updates.computeIfAbsent(subject, s -> new ArrayList<>()).add(change);
      } else {
        applyOne(open, change);
      }
    }
    for (Map.Entry<Subject, List<Change>> update : updates.entrySet()) {
      applyBulk(open, update.getKey(), update.getValue());
    }
    for (String group : groups) {
      execute(open, "select sidecache.invalidate_group('grouped', '" + group + "')");
    }
  }

  private static void applyOne(Connection open, Change change) throws SQLException {
    String table = change.history.subject.title();
    String sql =
        change.absent
            ? "delete from " + table + " where id = ?"
            : "insert into "
                + table
                + " values (?, ?) on conflict (id) do update set v = excluded.v";
    try (PreparedStatement statement = open.prepareStatement(sql)) {
      statement.setInt(1, change.history.key);
      if (!change.absent) {
        statement.setLong(2, change.version);
      }
      statement.executeUpdate();
    }
  }

  private static void applyBulk(Connection open, Subject subject, List<Change> changes)
      throws SQLException {
    Array keys = open.createArrayOf("int4", changes.stream().map(c -> c.history.key).toArray());
    Array versions = open.createArrayOf("int8", changes.stream().map(Change::version).toArray());
    try (PreparedStatement statement =
        open.prepareStatement(
            "update "
                + subject.title()
                + " t set v = n.v from unnest(?::int[], ?::bigint[]) n(id, v) where t.id = n.id")) {
      statement.setArray(1, keys);
      statement.setArray(2, versions);
      statement.executeUpdate();
    }
  }

  private static void execute(Connection open, String sql) throws SQLException {
    try (Statement statement = open.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The connection was lost in the commit: the keys are still held, so the rows tell. */
  private void resolve(List<Change> changes) {
    run.oracle.tally.count("commits in doubt");
    while (true) {
      try {
        Connection open = open();
        for (Change change : changes) {
          long found = change.absent ? KeyHistory.ABSENT : change.version;
          boolean committed = row(open, change.history) == found;
          end(List.of(change), committed);
        }
        open.rollback();
        return;
      } catch (SQLException e) {
        disconnect();
        pause(50);
      }
    }
  }

  static long row(Connection open, KeyHistory history) throws SQLException {
    try (PreparedStatement select =
        open.prepareStatement("select v from " + history.subject.title() + " where id = ?")) {
      select.setInt(1, history.key);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? row.getLong(1) : KeyHistory.ABSENT;
      }
    }
  }

  private void pause(int mostMillis) {
    LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(mostMillis) + 1));
  }

  private Connection open() throws SQLException {
    Connection open = connection;
    if (open == null) {
      open = run.bed.connect();
      open.setAutoCommit(false);
      execute(open, "set synchronous_commit = on");
      open.commit();
      connection = open;
    }
    return open;
  }

  private void disconnect() {
    Connection open = connection;
    connection = null;
    if (open != null) {
      try {
        open.close();
      } catch (SQLException e) {
        // It is gone already.
      }
    }
  }
}
