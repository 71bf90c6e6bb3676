/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.QuarkusApplication;
import io.sidecache.app.SchemaInstallation.Outcome;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;

/**
 * The command {@code migrate}: one attempt to install or upgrade schema {@code sidecache}, told in
 * one line.
 *
 * <p>Ends with 0 where the schema is there, whoever keeps it, and with 1 otherwise; trying again is
 * left to who runs it (a Job of Kubernetes, an init container). Blocks for as long as other
 * instances migrate.
 */
@Dependent
class Migrate implements QuarkusApplication {
  private final Instance<AgroalDataSource> dataSource;

  /**
   * @param dataSource looked up when it runs: injected, it would keep a sidecar without a database
   *     from starting
   */
  @Inject
  Migrate(Instance<AgroalDataSource> dataSource) {
    this.dataSource = dataSource;
  }

  @Override
  public int run(String... arguments) {
    return switch (new SchemaMigration(dataSource.get()).attempt()) {
      case Outcome.Current(int scripts) ->
          told(
              scripts == 0
                  ? "is up to date"
                  : "was installed or upgraded, scripts run: " + scripts);
      case Outcome.ByHand() -> told("was installed by hand and is left as it is");
      case Outcome.Away(String reason) -> failed("PostgreSQL cannot be worked with now: " + reason);
      case Outcome.Forbidden(String reason) -> failed(reason);
      case Outcome.Failed(String reason) -> failed(reason);
    };
  }

  private static int told(String what) {
    System.out.println("schema sidecache " + what);
    return 0;
  }

  private static int failed(String reason) {
    System.err.println("schema sidecache was not installed or upgraded: " + reason);
    return 1;
  }
}
