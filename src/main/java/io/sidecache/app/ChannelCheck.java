/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks for whoever notifies on the configured channels: a function or a trigger that names one.
 */
final class ChannelCheck {
  private static final String CHANNEL = "channel";

  private static final String NAMED =
      """
      with body (text) as (
        select coalesce(pg_get_function_sqlbody(oid), prosrc) from pg_proc
         where pronamespace not in (select oid from pg_namespace where nspname in ('pg_catalog', 'information_schema'))
        union all
        select encode(tgargs, 'escape') from pg_trigger where tgnargs > 0)
      select exists (select from body where position(? in text) > 0),
             exists (select from body where position(lower(?) in lower(text)) > 0)
      """;

  private ChannelCheck() {}

  /** Blocks. */
  static Diagnosis<Boolean> look(Connection connection, List<String> channels) throws SQLException {
    List<Finding> findings = new ArrayList<>();
    for (String channel : channels) {
      findings.add(look(connection, channel));
    }
    return new Diagnosis<>(true, findings);
  }

  private static Finding look(Connection connection, String channel) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(NAMED)) {
      statement.setString(1, channel);
      statement.setString(2, channel);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        if (row.getBoolean(1)) {
          return Finding.ok(CHANNEL, channel + ", named by a function or trigger of the database");
        }
        return row.getBoolean(2)
            ? Finding.warn(
                CHANNEL,
                channel + ", named in the database in other capitals",
                "spell it there and here the same; NOTIFY without quotes means small letters")
            : Finding.warn(
                CHANNEL,
                channel + ", named by no function and no trigger of the database",
                "make a trigger that calls pg_notify, or see that the application does");
      }
    }
  }
}
