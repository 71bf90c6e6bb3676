/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.sidecache.soak.Answer;
import io.sidecache.soak.HttpPipe;
import io.sidecache.soak.KeyHistory;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The application of the look-aside cache: reads the database after a miss, and fills. */
final class Filler implements AutoCloseable {
  private final Connection connection;
  private final PreparedStatement select;

  Filler(LoadBed bed) throws SQLException {
    this.connection = bed.connect();
    this.select = connection.prepareStatement("select id || ':' || v from aside where id = ?");
  }

  /** Fills; gives how long the request took, in nanoseconds. */
  long fill(HttpPipe pipe, KeyHistory history, String token) throws SQLException, IOException {
    select.setInt(1, history.key);
    String value;
    try (ResultSet row = select.executeQuery()) {
      row.next();
      value = row.getString(1);
    }
    long sentNanos = System.nanoTime();
    Answer answer =
        pipe.exchange(
            "PUT %s HTTP/1.1\r\nHost: sidecar\r\nSidecache-Fill: %s\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(history.subject.path(history.key), token, value.length(), value));
    if (answer.status() != 201 && answer.status() != 204 && answer.status() != 412) {
      throw new IllegalStateException("a fill was answered " + answer);
    }
    return System.nanoTime() - sentNanos;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
