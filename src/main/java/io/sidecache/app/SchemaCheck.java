/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.sidecache.app.SchemaInstallation.Outcome;
import io.sidecache.config.Settings;
import io.sidecache.config.SourceKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.flywaydb.core.api.MigrationVersion;

/** Tells what of our schema is installed, in which version, and whether this role may use it. */
final class SchemaCheck {
  private static final String SCHEMA = "schema";
  private static final String PRIVILEGES = "privileges";
  private static final String INSTALL =
      "run "
          + Main.MIGRATE
          + " as the owner of the tables, or what "
          + Main.PRINT_SCHEMA
          + " prints";

  private final Settings settings;

  SchemaCheck(Settings settings) {
    this.settings = settings;
  }

  Diagnosis<InstalledSchema> look(Connection connection) throws SQLException {
    InstalledSchema installed = InstalledSchema.read(connection);
    Optional<Outcome> foreseen = SchemaMigration.look(connection);
    List<Finding> findings = new ArrayList<>();
    if (installed.isThere()) {
      findings.add(there(installed, foreseen));
      findings.add(privileges(installed));
    } else {
      findings.add(absent(foreseen));
    }
    return new Diagnosis<>(installed, findings);
  }

  private boolean migrates() {
    return settings.schema().migrate().orElse(false);
  }

  private Finding absent(Optional<Outcome> foreseen) {
    if (migrates()) {
      return foreseen
          .map(why -> Finding.fail(SCHEMA, "not installed, and " + reason(why), INSTALL))
          .orElseGet(
              () ->
                  Finding.ok(
                      SCHEMA,
                      "not installed yet; the sidecar will do so (sidecache.schema.migrate)"));
    }
    if (settings.source() == SourceKind.LOG_POLLING) {
      return Finding.fail(
          SCHEMA, "not installed, and sidecache.source log-polling needs its log", INSTALL);
    }
    if (!settings.log().enabled()) {
      return Finding.ok(SCHEMA, "not installed, and not wanted (sidecache.log.enabled is false)");
    }
    return Finding.warn(
        SCHEMA,
        "not installed, so every gap empties all caches",
        INSTALL + "; or set sidecache.log.enabled to false");
  }

  private static String reason(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Away(String reason) -> reason;
      case Outcome.Forbidden(String reason) -> reason;
      case Outcome.Failed(String reason) -> reason;
      case Outcome.Current(int scripts) -> "up to date, scripts run: " + scripts;
      case Outcome.ByHand() -> "kept by hand";
    };
  }

  private Finding there(InstalledSchema installed, Optional<Outcome> foreseen) {
    String known = SchemaScript.version();
    if (!installed.missing().isEmpty()) {
      return Finding.fail(
          SCHEMA,
          "older than this program or damaged, without " + String.join(", ", installed.missing()),
          INSTALL);
    }
    if (installed.version().isEmpty()) {
      boolean byHand = foreseen.filter(outcome -> outcome instanceof Outcome.ByHand).isPresent();
      return Finding.ok(
          SCHEMA,
          byHand
              ? "installed by hand, with all that version " + known + " has"
              : "kept by another role, with all that version " + known + " has");
    }
    String version = installed.version().get();
    int order =
        MigrationVersion.fromVersion(version).compareTo(MigrationVersion.fromVersion(known));
    if (order == 0) {
      return Finding.ok(SCHEMA, "version " + version);
    }
    if (order > 0) {
      return Finding.warn(
          SCHEMA,
          "version " + version + ", newer than this program's " + known,
          "see that this is the sidecar that you mean to run");
    }
    String older = "version " + version + ", older than this program's " + known;
    return migrates() && foreseen.isEmpty()
        ? Finding.ok(SCHEMA, older + "; the sidecar will upgrade it (sidecache.schema.migrate)")
        : Finding.fail(SCHEMA, older, INSTALL);
  }

  private static Finding privileges(InstalledSchema installed) {
    return installed.denied().isEmpty()
        ? Finding.ok(PRIVILEGES, "this role may use all that a sidecar needs of schema sidecache")
        : Finding.fail(
            PRIVILEGES,
            "this role may not use " + String.join(", ", installed.denied()),
            installed.remedy());
  }
}
