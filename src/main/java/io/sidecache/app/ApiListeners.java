/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.runtime.TrustAllOptions;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.sidecache.config.ApiSettings;
import io.sidecache.config.Loopback;
import io.sidecache.config.Settings;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/**
 * Sees to it that nobody but this host's loopback reaches the API without a token or a certificate,
 * whatever Quarkus's settings have made of its listeners. The checks of the settings have a better
 * message; this one sees what is really bound.
 */
@Singleton
class ApiListeners implements HttpServerOptionsCustomizer {
  private static final String LOOPBACK = "127.0.0.1";

  private final ApiSettings api;

  @Inject
  ApiListeners(Settings settings) {
    this(settings.api());
  }

  ApiListeners(ApiSettings api) {
    this.api = api;
  }

  @Override
  public void customizeHttpServer(HttpServerOptions options) {
    if (api.clientCertificates() && !Loopback.isAddress(options.getHost())) {
      options.setHost(LOOPBACK); // nobody can show a certificate here
    }
    requireAccess(options.getHost());
  }

  @Override
  public void customizeHttpsServer(HttpServerOptions options) {
    if (api.clientCertificates()) {
      requireCertificates(options);
      options.setClientAuth(ClientAuth.REQUIRED);
    }
    requireAccess(options.getHost());
  }

  @Override
  public void customizeDomainSocketServer(HttpServerOptions options) {
    if (api.tokens().isEmpty()) {
      throw refused("quarkus.http.domain-socket-enabled needs sidecache.api.token");
    }
  }

  private void requireAccess(String host) {
    if (api.isOpen() && !Loopback.isAddress(host)) {
      throw refused("the HTTP interface is bound to " + host + " without sidecache.api.token");
    }
  }

  private static void requireCertificates(HttpServerOptions options) {
    if (options.getKeyCertOptions() == null) {
      throw refused(
          "sidecache.api.client-auth = required needs a server certificate; set"
              + " quarkus.http.ssl.certificate.files and .key-files, or"
              + " quarkus.http.tls-configuration-name");
    }
    // Without any, the JVM's CAs are trusted, and whoever has a certificate for a web site gets in.
    if (options.getTrustOptions() == null || options.getTrustOptions() instanceof TrustAllOptions) {
      throw refused(
          "sidecache.api.client-auth = required needs the CAs of the callers' certificates; set"
              + " quarkus.http.ssl.certificate.trust-store-file, or the trust-store of"
              + " quarkus.http.tls-configuration-name, and not trust-all");
    }
  }

  private static ConfigurationException refused(String rule) {
    return new ConfigurationException("sidecache cannot start: 1 setting is wrong\n  " + rule);
  }
}
