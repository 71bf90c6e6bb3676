/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The bill of materials that the build makes lists what the artefact holds, and nothing else. */
final class SbomIT {
  /** Quarkus leaves it out of the artefact: it serves development environments alone. */
  private static final String LEFT_OUT = "io.quarkus.quarkus-ide-launcher";

  private final Artefact artefact = Artefact.built();

  @Test
  void bom_listsTheJarsThatAreShippedByTheirHashes() throws IOException {
    assumeFalse(artefact.isNative());
    JsonObject bom = new JsonObject(Files.readString(artefact.directory().resolve("bom.json")));
    assertThat(bom.getString("bomFormat")).isEqualTo("CycloneDX");
    assertThat(bom.getJsonObject("metadata").getJsonObject("component").getString("purl"))
        .startsWith("pkg:maven/io.sidecache/sidecache@");

    Map<String, String> listed = listed(bom.getJsonArray("components"));

    assertThat(listed).hasSizeGreaterThan(50).containsExactlyEntriesOf(shipped());
  }

  private static Map<String, String> listed(JsonArray components) {
    Map<String, String> hashes = new TreeMap<>();
    for (int i = 0; i < components.size(); i++) {
      JsonObject component = components.getJsonObject(i);
      String name = component.getString("group") + "." + component.getString("name");
      if (!name.equals(LEFT_OUT)) {
        hashes.put(name + "-" + component.getString("version"), sha256(component));
      }
    }
    return hashes;
  }

  private static String sha256(JsonObject component) {
    return component.getJsonArray("hashes").stream()
        .map(JsonObject.class::cast)
        .filter(hash -> hash.getString("alg").equals("SHA-256"))
        .map(hash -> hash.getString("content"))
        .findFirst()
        .orElse("none");
  }

  private Map<String, String> shipped() throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(artefact.directory().resolve("quarkus-app/lib"))) {
      for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
        String name = jar.getFileName().toString();
        hashes.put(name.substring(0, name.length() - ".jar".length()), sha256(jar));
      }
    }
    return hashes;
  }

  private static String sha256(Path file) throws IOException {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JVM has it
    }
  }
}
