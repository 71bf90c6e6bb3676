/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import io.sidecache.cache.Loader.LoadException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reads a value with a configured query over JDBC: one row at most, its first column the value.
 *
 * <p>Each load runs in autocommit on a thread of the executor (a virtual one), so its snapshot is
 * taken after the call. The key is bound, never concatenated. A connection that turns out to be
 * dead is replaced once, since a pool can only find that out by use.
 */
public final class JdbcLoader implements Loader {
  private static final Logger LOG = Logger.getLogger(JdbcLoader.class);
  private static final String SPELLING = "in the one spelling of its type";

  private final Query query;
  private final RowReader rowReader;
  private final DataSource dataSource;
  private final Executor executor;
  private final List<LoadGate> gates;

  /**
   * What to read, and how.
   *
   * @param cache the cache's name, for messages
   * @param sql the query with JDBC placeholders
   * @param forms how each of its placeholders wants its part of the key spelt
   * @param timeout how long a load may take, waiting included
   * @param intervals reads PostgreSQL's text form of an interval
   */
  public record Query(
      String cache,
      String sql,
      KeyForms forms,
      Duration timeout,
      Function<Object, Duration> intervals) {
    public Query {
      if (!timeout.isPositive()) {
        throw new IllegalArgumentException("timeout must be positive, was " + timeout);
      }
    }
  }

  /**
   * @param executor gives each load a thread that may block
   * @param gates what a load must pass, in this order: the cache's own and the pool's
   */
  public JdbcLoader(Query query, DataSource dataSource, Executor executor, List<LoadGate> gates) {
    this.query = query;
    this.rowReader = new RowReader(query.intervals());
    this.dataSource = dataSource;
    this.executor = executor;
    this.gates = List.copyOf(gates);
  }

  @Override
  public CompletionStage<Optional<Value>> load(String key) {
    Optional<List<String>> texts = query.forms().texts(key);
    if (texts.isEmpty()) {
      return CompletableFuture.failedStage(
          unfit(
              "a JSON array of "
                  + query.forms().parts().size()
                  + " texts, without blanks between them"));
    }
    List<String> elements = texts.get();
    if (!query.forms().fit(elements)) {
      return CompletableFuture.failedStage(unfit(SPELLING));
    }
    if (!gates.getFirst().enter()) {
      return CompletableFuture.failedStage(
          new LoadException(
              Reason.OVERLOADED,
              "too many loads of cache %s are under way (%d)"
                  .formatted(query.cache(), gates.getFirst().present())));
    }
    long nowNanos = System.nanoTime();
    long deadlineNanos = nowNanos + query.timeout().toNanos();
    long turnNanos = nowNanos + query.timeout().toNanos() / 2;
    CompletableFuture<Optional<Value>> result = new CompletableFuture<>();
    executor.execute(
        () -> {
          try {
            result.complete(passGates(0, elements, turnNanos, deadlineNanos));
          } catch (LoadException e) {
            result.completeExceptionally(e);
          } catch (RuntimeException e) {
            result.completeExceptionally(failed("the load of cache %s failed", e));
          } finally {
            gates.getFirst().leave();
          }
        });
    // The reader is answered in time also where the driver hangs in a system call.
    return result
        .orTimeout(query.timeout().toNanos(), TimeUnit.NANOSECONDS)
        .exceptionallyCompose(
            failure ->
                CompletableFuture.failedStage(
                    failure instanceof java.util.concurrent.TimeoutException
                        ? timedOut(failure)
                        : failure));
  }

  @Override
  public boolean isIdle() {
    return gates.stream().allMatch(LoadGate::isIdle);
  }

  @Override
  public boolean hasRoomToSpare() {
    return gates.stream().allMatch(LoadGate::hasRoomToSpare);
  }

  @Override
  public Optional<String> spelled(String key) {
    return query.forms().spelled(key);
  }

  private LoadException unfit(String wanted) {
    return new LoadException(
        Reason.UNFIT_KEY,
        "the load of cache %s takes a key that is %s".formatted(query.cache(), wanted));
  }

  /**
   * Whoever has no turn when half of the time is over is turned away: where the database is slow,
   * all turns would else go to those whose time is about to end, and no load would be of use.
   */
  private Optional<Value> passGates(
      int index, List<String> elements, long turnNanos, long deadlineNanos) {
    if (index == gates.size()) {
      return queryTwice(elements, deadlineNanos);
    }
    LoadGate gate = gates.get(index);
    try {
      if (!gate.awaitTurn(Duration.ofNanos(turnNanos - System.nanoTime()))) {
        throw new LoadException(
            Reason.OVERLOADED,
            "a load of cache %s had no turn within %d ms"
                .formatted(query.cache(), query.timeout().toMillis() / 2));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("the load of cache %s was interrupted", e);
    }
    try {
      return passGates(index + 1, elements, turnNanos, deadlineNanos);
    } finally {
      gate.endTurn();
    }
  }

  private Optional<Value> queryTwice(List<String> elements, long deadlineNanos) {
    try {
      return query(elements, deadlineNanos);
    } catch (SQLException e) {
      if (isDeadConnection(e) && deadlineNanos - System.nanoTime() > 0) {
        try {
          return query(elements, deadlineNanos);
        } catch (SQLException again) {
          throw explain(again);
        }
      }
      throw explain(e);
    }
  }

  /**
   * Class 08 is a broken connection, 57P01 to 57P03 a server that is going or coming (Appendix A).
   */
  private static boolean isDeadConnection(SQLException e) {
    String state = e.getSQLState();
    return state != null && (state.startsWith("08") || state.startsWith("57P0"));
  }

  private LoadException explain(SQLException e) {
    if (e instanceof SQLTimeoutException || "57014".equals(e.getSQLState())) {
      return timedOut(e);
    }
    // The driver's message can quote the key (22P02), so only the SQLSTATE is told.
    return failed("the load of cache %s failed with SQLSTATE " + e.getSQLState(), e);
  }

  private LoadException failed(String message, @Nullable Throwable cause) {
    String text = message.formatted(query.cache());
    LOG.debug(text); // without the cause, whose message can quote the key
    return cause == null
        ? new LoadException(Reason.FAILED, text)
        : new LoadException(Reason.FAILED, text, cause);
  }

  private LoadException timedOut(@Nullable Throwable cause) {
    String text =
        "the load of cache %s had no answer within %d ms"
            .formatted(query.cache(), query.timeout().toMillis());
    return cause == null
        ? new LoadException(Reason.TIMED_OUT, text)
        : new LoadException(Reason.TIMED_OUT, text, cause);
  }

  private Optional<Value> query(List<String> elements, long deadlineNanos) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(query.sql())) {
      limit(connection, statement, deadlineNanos);
      for (int i = 0; i < elements.size(); i++) {
        statement.setString(i + 1, elements.get(i));
      }
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          return Optional.empty();
        }
        Optional<Value> value = rowReader.read(rows);
        if (rows.next()) {
          throw new LoadException(
              Reason.FAILED,
              "the load of cache %s answered with more than one row".formatted(query.cache()));
        }
        return value;
      }
    }
  }

  /** The server is asked to stop first; the socket gives up a second later, where it does not. */
  private static void limit(Connection connection, PreparedStatement statement, long deadlineNanos)
      throws SQLException {
    long leftMillis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime()));
    statement.setMaxRows(2);
    statement.setQueryTimeout(
        (int) Math.max(1, leftMillis / 1000 + (leftMillis % 1000 > 0 ? 1 : 0)));
    connection.setNetworkTimeout(
        Runnable::run, (int) Math.min(Integer.MAX_VALUE, leftMillis + 1000));
  }

  /** Names the cache alone: a query may hold what its author wants kept. */
  @Override
  public String toString() {
    return "JdbcLoader[" + query.cache() + "]";
  }
}
