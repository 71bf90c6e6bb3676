/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The artefact holds what it needs to run, and nothing of development and tests. */
final class ArtefactIT {
  private static final List<String> UNWANTED =
      List.of("zonky", "embedded", "archunit", "junit", "swagger", "smallrye-open-api");

  private final Artefact artefact = Artefact.built();

  @Test
  void jar_hasNothingOfTheEmbeddedDatabaseOrTheTests() throws IOException {
    assumeFalse(artefact.isNative());
    List<Path> jars;
    try (Stream<Path> files = Files.walk(artefact.directory().resolve("quarkus-app"))) {
      jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
    }
    assertThat(jars).hasSizeGreaterThan(10);
    for (Path jar : jars) {
      assertThat(unwanted(jar.getFileName().toString())).as(jar.toString()).isFalse();
      try (JarFile opened = new JarFile(jar.toFile())) {
        assertThat(opened.stream().map(entry -> entry.getName()))
            .as(jar.toString())
            .noneMatch(name -> name.startsWith("io/zonky") || name.endsWith(".txz"));
      }
    }
  }

  private static boolean unwanted(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return UNWANTED.stream().anyMatch(lower::contains);
  }
}
