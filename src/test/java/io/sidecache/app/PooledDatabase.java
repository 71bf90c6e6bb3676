/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.sidecache.testing.PgBouncerProcess;
import io.sidecache.testing.SidecacheSchema;
import io.sidecache.testing.TestPostgres;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.microprofile.config.ConfigProvider;

/** A database with the log, reached by pool and listener alike through a transaction pooler. */
public final class PooledDatabase implements QuarkusTestResourceLifecycleManager {
  private static final String PORT = "test.pooled.port";
  private static final String NAME = "test.pooled.name";
  private static final String BOUNCER = "test.pooled.bouncer";
  private static final Map<String, PgBouncerProcess> BOUNCERS = new ConcurrentHashMap<>();

  private String own = "";

  @Override
  public Map<String, String> start() {
    TestPostgres.Database database = TestPostgres.shared().createDatabase("pooled");
    SidecacheSchema.install(database);
    database.execute(
        "create table item (id bigint primary key, n bigint);"
            + " select sidecache.attach('item', 'items');"
            + " insert into item values (1, 1)");
    PgBouncerProcess bouncer =
        PgBouncerProcess.start(database.port(), PgBouncerProcess.Mode.TRANSACTION);
    own = Integer.toString(bouncer.port());
    BOUNCERS.put(own, bouncer);
    return Map.of(
        PORT,
        Integer.toString(database.port()),
        NAME,
        database.name(),
        BOUNCER,
        own,
        "quarkus.datasource.username",
        TestPostgres.Database.USER,
        "quarkus.datasource.jdbc.url",
        database.urlThrough(bouncer.port()) + "&prepareThreshold=0");
  }

  @Override
  public void stop() {
    PgBouncerProcess bouncer = BOUNCERS.remove(own);
    if (bouncer != null) {
      bouncer.close();
    }
  }

  /** The running application's database, reached without the pooler. */
  static TestPostgres.Database database() {
    return new TestPostgres.Database("127.0.0.1", Integer.parseInt(setting(PORT)), setting(NAME));
  }

  static PgBouncerProcess bouncer() {
    return Objects.requireNonNull(BOUNCERS.get(setting(BOUNCER)), BOUNCER);
  }

  private static String setting(String name) {
    return ConfigProvider.getConfig().getValue(name, String.class);
  }
}
