/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The schema {@code sidecache}, put into a test's database as a DBA would by hand. */
public final class SidecacheSchema {
  private SidecacheSchema() {}

  public static void install(TestPostgres.Database database) {
    String name = "/db/sidecache/V1__sidecache.sql";
    try (InputStream script = SidecacheSchema.class.getResourceAsStream(name)) {
      database.execute(
          new String(Objects.requireNonNull(script, name).readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
