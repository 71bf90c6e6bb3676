/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.testing.TestPostgres;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is shipped prints the schema for people who install it themselves. */
final class SchemaIT {
  private final Artefact artefact = Artefact.built();

  @Test
  void printSchema_withoutSettingsAndDatabase_printsTheScriptAlone() {
    Artefact.Ended ended = artefact.run(Map.of(), "print-schema");
    assertThat(ended.exitCode()).as(ended.output()).isZero();
    assertThat(ended.out()).isEqualTo(SchemaScript.text());

    TestPostgres.Database database = TestPostgres.shared().createDatabase("printed");
    database.execute(ended.out());
    database.execute("create table item (id bigint primary key)");
    assertThat(database.query("select sidecache.attach('item', 'items')")).isEqualTo("t");
  }

  @Test
  void migrate_twice_installsOnceAndEnds() {
    TestPostgres.Database database = TestPostgres.shared().createDatabase("migrated");

    Artefact.Ended first = artefact.run(migrating(database), "migrate");
    assertThat(first.exitCode()).as(first.output()).isZero();
    assertThat(first.out()).contains("schema sidecache was installed or upgraded, scripts run: ");
    database.execute("create table item (id bigint primary key)");
    assertThat(database.query("select sidecache.attach('item', 'items')")).isEqualTo("t");

    Artefact.Ended second = artefact.run(migrating(database), "migrate");
    assertThat(second.exitCode()).as(second.output()).isZero();
    assertThat(second.out()).contains("schema sidecache is up to date");
    // It neither listened nor served.
    assertThat(first.output() + second.output()).doesNotContain("istening");
  }

  @Test
  void migrate_withoutTheRight_saysSoAndFails() {
    TestPostgres.Database database = TestPostgres.shared().createDatabase("forbidden");
    database.execute("create role visitor login");
    Map<String, String> variables = new HashMap<>(migrating(database));
    variables.put("QUARKUS_DATASOURCE_USERNAME", "visitor");

    Artefact.Ended ended = artefact.run(variables, "migrate");
    assertThat(ended.exitCode()).as(ended.output()).isEqualTo(1);
    assertThat(ended.errors())
        .contains("schema sidecache was not installed or upgraded: role visitor may not");
  }

  @Test
  void anotherArgument_isRefused() {
    Artefact.Ended ended = artefact.run(Map.of(), "mirgate");
    assertThat(ended.exitCode()).as(ended.output()).isEqualTo(64);
    assertThat(ended.errors()).contains("[mirgate]", "print-schema", "migrate");
  }

  private static Map<String, String> migrating(TestPostgres.Database database) {
    return Map.of(
        "QUARKUS_DATASOURCE_JDBC_URL", database.url(), "QUARKUS_DATASOURCE_USERNAME", "postgres");
  }
}
