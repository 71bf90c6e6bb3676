/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

final class TestPostgresTest {
  @Test
  void start_portTakenByAnotherServer_startsOnAnotherPort() throws Exception {
    int taken = TestPostgres.shared().port();
    Queue<EmbeddedPostgres.Builder> builders =
        new ArrayDeque<>(
            List.of(
                EmbeddedPostgres.builder().setPort(taken),
                EmbeddedPostgres.builder().setPort(taken),
                EmbeddedPostgres.builder()));
    try (EmbeddedPostgres started = TestPostgres.startOnFreePort(builders::remove)) {
      assertThat(started.getPort()).isNotEqualTo(taken);
    }
    assertThat(builders).isEmpty();
    // It was left alone.
    assertThat(TestPostgres.shared().createDatabase("unharmed").query("select 1")).isEqualTo("1");
  }
}
