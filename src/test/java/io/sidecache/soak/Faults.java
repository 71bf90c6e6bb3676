/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.FaultProxy.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/** Breaks one thing after the other, and repairs it. One thread. */
final class Faults {
  private static final String LISTENERS =
      "select pid from pg_stat_activity where application_name = 'sidecache-listener'";
  private static final String POOL =
      "select pid from pg_stat_activity where backend_type = 'client backend'"
          + " and datname = current_database() and application_name not in ('soak', 'sidecache-listener')";

  private final Run run;
  private final RandomGenerator random;
  private int done;

  /** What can be broken. */
  enum Kind {
    LISTENER_BLACKHOLE,
    LISTENER_REFUSE,
    LISTENER_RESET,
    LISTENER_CUT,
    LISTENER_STALL_TO_CLIENT,
    LISTENER_STALL_TO_SERVER,
    LISTENER_SLOW,
    POOL_BLACKHOLE,
    POOL_REFUSE,
    POOL_RESET,
    POOL_CUT,
    POOL_STALL_TO_CLIENT,
    POOL_STALL_TO_SERVER,
    POOL_SLOW,
    BOTH_BLACKHOLE,
    TERMINATE_LISTENER,
    TERMINATE_POOL,
    KILL_BACKEND,
    IMMEDIATE_RESTART,
    STOP_SIDECAR,
    STOP_LISTENING_BACKEND,
    FLOOD,
  }

  Faults(Run run, RandomGenerator random) {
    this.run = run;
    this.random = random;
  }

  int done() {
    return done;
  }

  /** One at random, and then some calm. */
  void one() throws IOException, InterruptedException, SQLException {
    Kind[] kinds = Kind.values();
    Kind kind = kinds[random.nextInt(kinds.length)];
    if (kind == Kind.IMMEDIATE_RESTART && random.nextBoolean()) {
      kind = Kind.FLOOD; // it costs most of the time, and is much like KILL_BACKEND
    }
    // Half of them are over before the heartbeat timeout, half are longer.
    long millis = random.nextBoolean() ? random.nextLong(20, 800) : random.nextLong(1_200, 2_500);
    run(kind, millis);
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextLong(300, 1_800)));
  }

  /** Breaks it for so long. */
  void run(Kind kind, long millis) throws IOException, InterruptedException, SQLException {
    run.oracle.tally.count("faults " + kind);
    done++;
    switch (kind) {
      case LISTENER_BLACKHOLE -> hold(millis, Mode.BLACKHOLE, run.bed.listener);
      case LISTENER_REFUSE -> hold(millis, Mode.REFUSE, run.bed.listener);
      case LISTENER_RESET -> hold(millis, Mode.RESET, run.bed.listener);
      case LISTENER_CUT -> hold(millis, Mode.CUT, run.bed.listener);
      case LISTENER_STALL_TO_CLIENT -> hold(millis, Mode.STALL_TO_CLIENT, run.bed.listener);
      case LISTENER_STALL_TO_SERVER -> hold(millis, Mode.STALL_TO_SERVER, run.bed.listener);
      case LISTENER_SLOW -> hold(millis, Mode.SLOW, run.bed.listener);
      case POOL_BLACKHOLE -> hold(millis, Mode.BLACKHOLE, run.bed.pool);
      case POOL_REFUSE -> hold(millis, Mode.REFUSE, run.bed.pool);
      case POOL_RESET -> hold(millis, Mode.RESET, run.bed.pool);
      case POOL_CUT -> hold(millis, Mode.CUT, run.bed.pool);
      case POOL_STALL_TO_CLIENT -> hold(millis, Mode.STALL_TO_CLIENT, run.bed.pool);
      case POOL_STALL_TO_SERVER -> hold(millis, Mode.STALL_TO_SERVER, run.bed.pool);
      case POOL_SLOW -> hold(millis, Mode.SLOW, run.bed.pool);
      case BOTH_BLACKHOLE -> hold(millis, Mode.BLACKHOLE, run.bed.listener, run.bed.pool);
      case TERMINATE_LISTENER -> sql("select pg_terminate_backend(pid) from (" + LISTENERS + ") p");
      case TERMINATE_POOL -> sql("select pg_terminate_backend(pid) from (" + POOL + ") p");
      case KILL_BACKEND -> killBackend();
      case IMMEDIATE_RESTART -> restart(millis);
      case STOP_SIDECAR -> freeze(List.of(run.bed.sidecar.pid()), millis);
      case STOP_LISTENING_BACKEND -> freezeListener(millis);
      case FLOOD ->
          sql("select pg_notify('fed_changed', (1000 + n)::text) from generate_series(1, 30000) n");
    }
  }

  private void hold(long millis, Mode mode, FaultProxy... proxies) {
    long fromNanos = System.nanoTime();
    for (FaultProxy proxy : proxies) {
      proxy.setMode(mode);
    }
    if (stopsBeats(mode, proxies[0])) {
      // From setMode on nothing more gets through, so what was sent before it is the last.
      run.oracle.dark(System.nanoTime());
    }
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis) - (System.nanoTime() - fromNanos));
    run.oracle.light();
    for (FaultProxy proxy : proxies) {
      if (mode == Mode.BLACKHOLE) {
        proxy.setMode(Mode.RESET); // TCP loses nothing from the midst of a stream
      }
      proxy.setMode(Mode.PASS);
    }
  }

  private boolean stopsBeats(Mode mode, FaultProxy proxy) {
    return switch (mode) {
      case BLACKHOLE, REFUSE, RESET -> true;
      case STALL_TO_CLIENT -> proxy == run.bed.listener; // the pool's requests still get through
      case STALL_TO_SERVER -> proxy == run.bed.pool; // the listener asks for nothing
      case SLOW, CUT, PASS -> false;
    };
  }

  private void killBackend() throws IOException, InterruptedException, SQLException {
    List<Long> pids = pids(random.nextBoolean() ? LISTENERS : POOL);
    if (!pids.isEmpty()) {
      SidecarProcess.signal("KILL", pids.getFirst());
    }
    awaitServer();
  }

  private void restart(long millis) throws IOException, InterruptedException {
    long postmaster = run.bed.postmaster();
    SidecarProcess.signal("QUIT", postmaster); // "immediate shutdown", manual, section 18.5
    while (isRunning(postmaster)) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    run.oracle.dark(System.nanoTime());
    run.bed.postgres.stop();
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    run.oracle.light();
    run.bed.postgres.startAgain();
    awaitServer();
  }

  /** A process that nobody has buried yet (state Z, proc(5)) does nothing any more. */
  private static boolean isRunning(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException gone) {
      return false;
    }
  }

  private void freezeListener(long millis) throws IOException, InterruptedException, SQLException {
    List<Long> pids = pids(LISTENERS);
    if (!pids.isEmpty()) {
      freeze(pids, millis);
    }
  }

  private static void freeze(List<Long> pids, long millis)
      throws IOException, InterruptedException {
    for (long pid : pids) {
      SidecarProcess.signal("STOP", pid);
    }
    try {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    } finally {
      for (long pid : pids) {
        SidecarProcess.signal("CONT", pid);
      }
    }
  }

  private void sql(String sql) throws SQLException {
    try (Connection connection = run.bed.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private List<Long> pids(String sql) throws SQLException {
    List<Long> pids = new ArrayList<>();
    try (Connection connection = run.bed.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        pids.add(row.getLong(1));
      }
    }
    return pids;
  }

  private void awaitServer() {
    long startNanos = System.nanoTime();
    while (true) {
      try {
        sql("select 1");
        return;
      } catch (SQLException e) {
        if (System.nanoTime() - startNanos > TimeUnit.MINUTES.toNanos(1)) {
          throw new IllegalStateException("the server does not come back", e);
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }
}
