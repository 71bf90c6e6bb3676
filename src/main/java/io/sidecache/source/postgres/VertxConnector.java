/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.pgclient.PgNotification;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Opens listening connections with the Vert.x client. All of them live on one event loop, so what
 * an old one still says and what a new one says never overlap.
 */
final class VertxConnector implements ListenConnection.Connector {
  private static final Logger LOG = Logger.getLogger(VertxConnector.class);

  private final Vertx vertx;
  private final Function<ListenerAddress.Host, PgConnectOptions> options;
  private final Duration silenceBound;
  private @Nullable Context context;

  /**
   * Makes a connector.
   *
   * @param options the connection's options, asked anew for each attempt
   * @param silenceBound a socket that hears nothing for so long is closed, whatever stage it is in;
   *     must be longer than any silence of a healthy connection
   */
  VertxConnector(
      Vertx vertx,
      Function<ListenerAddress.Host, PgConnectOptions> options,
      Duration silenceBound) {
    this.vertx = vertx;
    this.options = options;
    this.silenceBound = silenceBound;
  }

  @Override
  public ListenConnection connect(ListenerAddress.Host host, ListenConnection.Events events) {
    PgConnectOptions connectOptions = options.apply(host);
    // Netty's own guard for sockets that the client has lost hold of, such as the first of two that
    // sslmode "prefer" makes against a server without TLS.
    connectOptions.setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
    connectOptions.setReadIdleTimeout(Math.toIntExact(silenceBound.toMillis()));
    Connection connection =
        new Connection(
            context(), PgDriver.INSTANCE.createConnectionFactory(vertx, connectOptions), events);
    connection.open();
    return connection;
  }

  private synchronized Context context() {
    Context current = context;
    if (current == null) {
      current = vertx.getOrCreateContext();
      context = current;
    }
    return current;
  }

  /** One connection; its fields are touched on the event loop alone. */
  private static final class Connection implements ListenConnection {
    private final Context context;
    private final ConnectionFactory factory;
    private final Events events;
    private @Nullable PgConnection connection;
    private boolean over;
    private boolean leaving;

    Connection(Context context, ConnectionFactory factory, Events events) {
      this.context = context;
      this.factory = factory;
      this.events = events;
    }

    void open() {
      context.runOnContext(
          ignored ->
              factory.connect(context).onSuccess(this::opened).onFailure(e -> lost(describe(e))));
    }

    private void opened(SqlConnection opened) {
      if (over) {
        drop();
        return;
      }
      PgConnection pg = (PgConnection) opened;
      connection = pg;
      pg.closeHandler(ignored -> lost("the server closed the connection"));
      pg.exceptionHandler(e -> lost(describe(e)));
      pg.noticeHandler(
          notice -> LOG.debugf("notice %s on the listening connection", notice.getCode()));
      pg.notificationHandler(this::notified);
      pg.query(ServerProbe.SQL)
          .execute()
          .onSuccess(rows -> probed(pg, rows))
          .onFailure(e -> lost(describe(e)));
    }

    private void probed(PgConnection pg, RowSet<Row> rows) {
      if (over) {
        return;
      }
      Row row = rows.iterator().next();
      ServerIdentity identity =
          row.getBoolean(1)
              ? new ServerIdentity(
                  row.getString(2),
                  row.getLong(3),
                  row.getString(4),
                  Long.parseLong(row.getString(5), 16))
              : null;
      events.probed(new ServerProbe(pg.processId(), row.getInteger(0), identity));
    }

    @Override
    public void listen(List<String> channels) {
      String sql = channels.stream().map(Connection::listenStatement).collect(Collectors.joining());
      context.runOnContext(
          ignored -> {
            PgConnection pg = connection;
            if (pg == null || over) {
              return;
            }
            // One simple query is one transaction (manual, "Multiple Statements in a Simple
            // Query"): all channels are listened on from the same moment.
            pg.query(sql)
                .execute()
                .onSuccess(rows -> listening())
                .onFailure(e -> lost(describe(e)));
          });
    }

    /** LISTEN with a quoted identifier, so that capitals, dots and quotes stay what they are. */
    private static String listenStatement(String channel) {
      return "LISTEN \"" + channel.replace("\"", "\"\"") + "\";";
    }

    private void listening() {
      if (!over) {
        events.listening();
      }
    }

    private void notified(PgNotification notification) {
      if (over) {
        return;
      }
      try {
        events.notified(notification.getChannel(), notification.getPayload());
      } catch (RuntimeException e) {
        // A notification that could not be handled must not pass for one that was.
        LOG.error("a notification could not be handled", e);
        lost("a notification could not be handled: " + e.getClass().getName());
      }
    }

    private void lost(String reason) {
      if (over) {
        return;
      }
      over = true;
      drop();
      events.lost(reason);
    }

    @Override
    public void unlisten() {
      context.runOnContext(
          ignored -> {
            PgConnection pg = connection;
            if (pg != null && !over) {
              over = true;
              leaving = true;
              // Should no answer come, the bound on silence closes the socket.
              pg.query("UNLISTEN *").execute().onComplete(done -> drop());
            }
          });
    }

    @Override
    public void abort() {
      try {
        context.runOnContext(
            ignored -> {
              over = true;
              if (!leaving) {
                drop();
              }
            });
      } catch (RejectedExecutionException e) {
        // Vert.x has been closed before us, and its sockets with it.
        LOG.debug("the event loop is gone already", e);
      }
    }

    /**
     * Closes every socket of this attempt, half-open ones too. PgConnection.close() would wait for
     * the connection to come up, and leave a socket alone that failed in its own way.
     */
    private void drop() {
      factory.close(Promise.promise());
    }

    private static String describe(Throwable e) {
      if (e instanceof PgException pg) {
        return pg.getSqlState() + " " + pg.getErrorMessage();
      }
      String message = e.getMessage();
      return message == null ? e.getClass().getName() : message;
    }
  }
}
