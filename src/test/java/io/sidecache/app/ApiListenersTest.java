/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.runtime.TrustAllOptions;
import io.sidecache.config.ApiSettings;
import io.sidecache.config.Secret;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ApiListenersTest {
  private static final ApiListeners OPEN = listeners(List.of(), false);
  private static final ApiListeners TOKEN =
      listeners(List.of(new Secret("0123456789abcdef".getBytes(StandardCharsets.UTF_8))), false);
  private static final ApiListeners CERTIFICATES = listeners(List.of(), true);

  private static ApiListeners listeners(List<Secret> tokens, boolean clientCertificates) {
    return new ApiListeners(new ApiSettings(tokens, clientCertificates, Duration.ofSeconds(10)));
  }

  private static HttpServerOptions on(String host) {
    return new HttpServerOptions().setHost(host);
  }

  private static HttpServerOptions tls(TrustOptions trust) {
    return on("0.0.0.0")
        .setSsl(true)
        .setKeyCertOptions(new PemKeyCertOptions())
        .setTrustOptions(trust);
  }

  @Test
  void listener_elsewhereWithoutAToken_isRefused() {
    for (String host : List.of("0.0.0.0", "::", "sidecache.example.com", "")) {
      assertThatThrownBy(() -> OPEN.customizeHttpServer(on(host)))
          .isInstanceOf(ConfigurationException.class);
      assertThatThrownBy(() -> OPEN.customizeHttpsServer(on(host)))
          .isInstanceOf(ConfigurationException.class);
    }
    assertThatThrownBy(() -> OPEN.customizeDomainSocketServer(on("/run/sidecache.sock")))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> CERTIFICATES.customizeDomainSocketServer(on("/run/sidecache.sock")))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void listener_onLoopbackOrWithAToken_staysWhereItIs() {
    for (String host : List.of("127.0.0.1", "localhost", "::1")) {
      HttpServerOptions options = on(host);
      OPEN.customizeHttpServer(options);
      OPEN.customizeHttpsServer(options);
      assertThat(options.getHost()).isEqualTo(host);
    }
    HttpServerOptions everywhere = on("0.0.0.0");
    TOKEN.customizeHttpServer(everywhere);
    TOKEN.customizeHttpsServer(everywhere);
    TOKEN.customizeDomainSocketServer(on("/run/sidecache.sock"));
    assertThat(everywhere.getHost()).isEqualTo("0.0.0.0");
    assertThat(everywhere.getClientAuth()).isEqualTo(ClientAuth.NONE);
  }

  @Test
  void certificatesRequired_plainListenerGoesToLoopback_tlsListenerAsksForThem() {
    HttpServerOptions plain = on("0.0.0.0");
    CERTIFICATES.customizeHttpServer(plain);
    assertThat(plain.getHost()).isEqualTo("127.0.0.1");

    HttpServerOptions tls = tls(new PemTrustOptions().addCertPath("ca.crt"));
    CERTIFICATES.customizeHttpsServer(tls);
    assertThat(tls.getHost()).isEqualTo("0.0.0.0");
    assertThat(tls.getClientAuth()).isEqualTo(ClientAuth.REQUIRED);
  }

  @Test
  void certificatesRequired_withNothingToCheckThemBy_isRefused() {
    assertThatThrownBy(() -> CERTIFICATES.customizeHttpsServer(on("0.0.0.0").setSsl(true)))
        .hasMessageContaining("needs a server certificate");
    assertThatThrownBy(
            () ->
                CERTIFICATES.customizeHttpsServer(
                    on("0.0.0.0").setSsl(true).setKeyCertOptions(new PemKeyCertOptions())))
        .hasMessageContaining("needs the CAs");
    assertThatThrownBy(() -> CERTIFICATES.customizeHttpsServer(tls(TrustAllOptions.INSTANCE)))
        .hasMessageContaining("needs the CAs");
  }
}
