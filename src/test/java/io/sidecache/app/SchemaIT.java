/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.testing.TestPostgres;
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
}
