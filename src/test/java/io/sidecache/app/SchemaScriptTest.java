/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.flywaydb.core.extensibility.ConfigurationExtension;
import org.flywaydb.core.extensibility.Plugin;
import org.junit.jupiter.api.Test;

/** The script's files, and what a native image must know to run them. */
final class SchemaScriptTest {
  @Test
  void files_ofTheFolder_areAllNamed() throws IOException {
    try (Stream<Path> folder = Files.list(Path.of("src", "main", "resources", "db", "sidecache"))) {
      assertThat(folder.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(SchemaScript.FILES);
    }
  }

  @Test
  void text_holdsEveryFile() {
    assertThat(SchemaScript.text()).contains(SchemaScript.text("V1__sidecache.sql"));
  }

  /** Flyway copies its configuration by Jackson, field by field. */
  @Test
  void flywaysExtensions_areRegisteredForReflection() throws IOException {
    List<? extends Class<?>> extensions =
        ServiceLoader.load(Plugin.class).stream()
            .map(ServiceLoader.Provider::type)
            .filter(ConfigurationExtension.class::isAssignableFrom)
            .toList();
    assertThat(extensions).hasSizeGreaterThan(2);
    String registered = registered();
    for (Class<?> extension : extensions) {
      assertThat(registered).contains('"' + extension.getName() + '"');
      Stream.of(extension.getDeclaredFields())
          .map(field -> field.getType().getName())
          .filter(type -> type.startsWith("org.flywaydb.") && type.endsWith("Model"))
          .forEach(model -> assertThat(registered).contains('"' + model + '"'));
    }
  }

  private static String registered() throws IOException {
    try (InputStream config =
        SchemaScriptTest.class.getResourceAsStream(
            "/META-INF/native-image/io.sidecache/sidecache/reflect-config.json")) {
      assertThat(config).isNotNull();
      return new String(config.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
