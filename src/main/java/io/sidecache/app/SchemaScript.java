/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The SQL that makes our schema, in the files that Flyway counts by their names. Uses the JDK
 * alone, so that it can be printed before anything has started.
 */
final class SchemaScript {
  /** The files in the order in which they are run. Each is in the native image by its folder. */
  static final List<String> FILES = List.of("V1__sidecache.sql");

  private static final String FOLDER = "/db/sidecache/";

  private SchemaScript() {}

  /** All of it, as one script for people to run. */
  static String text() {
    return FILES.stream().map(SchemaScript::text).collect(Collectors.joining("\n"));
  }

  /** The version of the schema that this program knows, as Flyway counts. */
  static String version() {
    String last = FILES.getLast();
    return last.substring(1, last.indexOf("__"));
  }

  /** One file's text. */
  static String text(String file) {
    try (InputStream in = SchemaScript.class.getResourceAsStream(FOLDER + file)) {
      if (in == null) {
        throw new IllegalStateException("not in this build: " + FOLDER + file);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
