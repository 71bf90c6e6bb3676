/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.sidecache.testing.SelfSigned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An API on all addresses that asks for certificates and knows no token. */
public class ClientCertificatesProfile implements QuarkusTestProfile {
  private static final Path DIRECTORY = Path.of("target", "client-certificates");

  /** Whose certificate is in a directory that both the test and the application can name. */
  static SelfSigned of(String name) {
    return new SelfSigned(DIRECTORY.resolve(name + ".crt"), DIRECTORY.resolve(name + ".key"));
  }

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(new RelayFedProfile().getConfigOverrides());
    settings.put("sidecache.api.token", "");
    settings.put("sidecache.api.client-auth", "required");
    settings.put("quarkus.http.host", "0.0.0.0");
    settings.put("quarkus.http.test-ssl-port", "0");
    settings.put("quarkus.http.tls-configuration-name", "api");
    settings.put("quarkus.tls.api.key-store.pem.0.cert", of("server").certificate().toString());
    settings.put("quarkus.tls.api.key-store.pem.0.key", of("server").key().toString());
    settings.put("quarkus.tls.api.trust-store.pem.certs", of("client").certificate().toString());
    return settings;
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(new TestResourceEntry(Certificates.class));
  }

  /** Makes them before the application starts. */
  public static final class Certificates implements QuarkusTestResourceLifecycleManager {
    @Override
    public Map<String, String> start() {
      try {
        Files.createDirectories(DIRECTORY);
        for (String name : List.of("server", "client", "stranger")) {
          Files.deleteIfExists(DIRECTORY.resolve(name + ".p12"));
          SelfSigned.make(DIRECTORY, name, "localhost");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      } catch (IOException | GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
      return Map.of();
    }

    @Override
    public void stop() {}
  }
}
