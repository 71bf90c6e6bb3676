/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.testing.SelfSigned;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Real handshakes with an API that asks for certificates. */
@QuarkusTest
@TestProfile(ClientCertificatesProfile.class)
final class ClientCertificatesTest {
  private static final char[] PASSWORD = "of-no-importance".toCharArray();
  private static final String REQUEST =
      "GET %s HTTP/1.1\r\nHost: sidecache.example.com\r\nConnection: close\r\n%s\r\n";

  /** Not the address that the plain listener is on, yet one of this host's. */
  private static final String ELSEWHERE = "127.0.0.2";

  @TestHTTPResource(value = "/", tls = true)
  @Nullable URI tls;

  private String answer(Optional<SelfSigned> client, String request)
      throws IOException, GeneralSecurityException {
    try (Socket socket =
        context(client).getSocketFactory().createSocket(ELSEWHERE, requireNonNull(tls).getPort())) {
      socket.setSoTimeout(Math.toIntExact(Sidecar.LIMIT.toMillis()));
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void caller_withATrustedCertificate_isServed() throws Exception {
    Optional<SelfSigned> client = Optional.of(ClientCertificatesProfile.of("client"));
    assertThat(answer(client, REQUEST.formatted("/v1/caches", ""))).startsWith("HTTP/1.1 200 ");
    // The certificate tells who calls; it does not tell that a stranger's page did not make it.
    assertThat(
            answer(
                client,
                REQUEST
                    .replace("GET", "DELETE")
                    .formatted(
                        "/v1/caches/plain/entries/1?scope=local",
                        "Origin: https://evil.example.com\r\n")))
        .startsWith("HTTP/1.1 403 ");
  }

  @Test
  void caller_withoutACertificate_getsNoAnswer() {
    assertThatThrownBy(() -> answer(Optional.empty(), REQUEST.formatted("/v1/caches", "")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void caller_withAStrangersCertificate_getsNoAnswer() {
    Optional<SelfSigned> stranger = Optional.of(ClientCertificatesProfile.of("stranger"));
    assertThatThrownBy(() -> answer(stranger, REQUEST.formatted("/v1/caches", "")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void plainListener_isOnLoopbackAlone() {
    Sidecar.get("/v1/caches").assertStatus(200);
    assertThatThrownBy(() -> new Socket(ELSEWHERE, Sidecar.uri("/").getPort()).close())
        .isInstanceOf(IOException.class);
  }

  @Test
  void management_needsNoCertificate() {
    Sidecar.management("/health/live").assertStatus(200);
    Sidecar.management("/metrics").assertStatus(200);
  }

  private static SSLContext context(Optional<SelfSigned> client)
      throws IOException, GeneralSecurityException {
    KeyStore trusted = emptyStore();
    trusted.setCertificateEntry("server", certificate(ClientCertificatesProfile.of("server")));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    KeyStore own = emptyStore();
    if (client.isPresent()) {
      Certificate[] chain = {certificate(client.get())};
      own.setKeyEntry("client", key(client.get()), PASSWORD, chain);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, PASSWORD);
    return store;
  }

  private static Certificate certificate(SelfSigned of)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(of.certificate())) {
      return CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private static PrivateKey key(SelfSigned of) throws IOException, GeneralSecurityException {
    String body =
        Files.readString(of.key())
            .lines()
            .filter(line -> !line.startsWith("-"))
            .reduce("", String::concat);
    return KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body)));
  }
}
