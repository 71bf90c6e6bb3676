/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Checks {@code sidecache.webhooks}, {@code sidecache.senders} and {@code sidecache.api}. */
final class PeersReader {
  private static final String SECRET_PREFIX = "whsec_";
  // Standard Webhooks specification, "Signature scheme": 24 to 64 bytes.
  private static final int SHORTEST_SECRET_BYTES = 24;
  private static final int LONGEST_SECRET_BYTES = 64;
  private static final int SHORTEST_TOKEN = 16;
  // RFC 6750, section 2.1, b64token.
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

  private final Problems problems;
  private final Values values;
  private final Collection<String> caches;

  /**
   * For one reading.
   *
   * @param caches the names of all caches
   */
  PeersReader(Values values, Collection<String> caches) {
    this.problems = values.problems();
    this.values = values;
    this.caches = caches;
  }

  Map<String, WebhookSettings> webhooks(
      Collection<String> peers, Map<String, SidecacheMapping.Webhook> raw) {
    Map<String, WebhookSettings> webhooks = new LinkedHashMap<>();
    for (String peer : peers) {
      SidecacheMapping.Webhook webhook = raw.get(peer);
      if (webhook == null) {
        continue;
      }
      values.plainName("webhooks", peer);
      if ("in".equals(peer)) {
        problems.hidden(
            SettingNames.of("webhooks", peer),
            "a peer cannot be called in, because /v1/webhooks/in/ is where webhooks come in");
      }
      List<String> named = Values.items(webhook.caches()).orElse(List.of());
      ChannelsReader.checkCaches(
          problems, SettingNames.of("webhooks", peer, "caches"), named, caches);
      Optional<URI> url = url(SettingNames.of("webhooks", peer, "url"), webhook.url());
      List<Secret> secrets = secrets(SettingNames.of("webhooks", peer, "secret"), webhook.secret());
      WebhookSettings.Delivery delivery = new DeliveryReader(values, peer, webhook).read();
      if (url.isPresent()) {
        checkTls(peer, url.get(), webhook.tlsConfigurationName());
      }
      if (url.isPresent() && !secrets.isEmpty()) {
        List<String> groups = Values.items(webhook.groups()).orElse(List.of());
        webhooks.put(
            peer,
            new WebhookSettings(
                peer, url.get(), named, groups, secrets, delivery, webhook.tlsConfigurationName()));
      }
    }
    return webhooks;
  }

  private void checkTls(String peer, URI url, Optional<String> tls) {
    if (tls.isPresent() && !"https".equalsIgnoreCase(url.getScheme())) {
      problems.wrong(
          SettingNames.of("webhooks", peer, "tls-configuration-name"),
          tls.get(),
          "needs a url that begins with https://");
    }
  }

  Map<String, SenderSettings> senders(
      Collection<String> names, Map<String, SidecacheMapping.Sender> raw) {
    Map<String, SenderSettings> senders = new LinkedHashMap<>();
    for (String name : names) {
      SidecacheMapping.Sender sender = raw.get(name);
      if (sender == null) {
        continue;
      }
      values.plainName("senders", name);
      List<Secret> secrets = secrets(SettingNames.of("senders", name, "secret"), sender.secret());
      if (!secrets.isEmpty()) {
        senders.put(name, new SenderSettings(name, secrets));
      }
    }
    return senders;
  }

  ApiSettings api(SidecacheMapping.Api raw) {
    String setting = SettingNames.of("api.token");
    List<Secret> tokens = new ArrayList<>();
    for (String token : Values.items(raw.token()).orElse(List.of())) {
      if (token.length() < SHORTEST_TOKEN) {
        problems.hidden(
            setting,
            "each token must have at least "
                + SHORTEST_TOKEN
                + " characters; one has "
                + token.length());
      } else if (!TOKEN.matcher(token).matches()) {
        problems.hidden(
            setting, "a token is made of A-Z a-z 0-9 - . _ ~ + / and may end with = (RFC 6750)");
      } else {
        tokens.add(new Secret(token.getBytes(StandardCharsets.UTF_8)));
      }
    }
    return new ApiSettings(
        tokens,
        "required"
            .equals(
                values.word(
                    SettingNames.of("api.client-auth"),
                    raw.clientAuth(),
                    "none",
                    List.of("none", "required"))),
        values.duration(
            SettingNames.of("api.request-timeout"), raw.requestTimeout(), Duration.ofSeconds(10)));
  }

  private List<Secret> secrets(String setting, Optional<List<String>> list) {
    Optional<List<String>> texts = Values.items(list);
    if (texts.isEmpty()) {
      problems.missing(
          setting, "messages are signed; make a secret of whsec_ and 32 random bytes in Base64");
      return List.of();
    }
    List<Secret> secrets = new ArrayList<>();
    for (String text : texts.get()) {
      secret(setting, text).ifPresent(secrets::add);
    }
    return secrets;
  }

  private Optional<Secret> secret(String setting, String text) {
    if (!text.startsWith(SECRET_PREFIX)) {
      problems.hidden(setting, "a secret must begin with whsec_ (Standard Webhooks)");
      return Optional.empty();
    }
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(text.substring(SECRET_PREFIX.length()));
    } catch (IllegalArgumentException e) {
      // The decoder's message quotes a character of the secret.
      problems.hidden(setting, "what follows whsec_ must be Base64");
      return Optional.empty();
    }
    if (bytes.length < SHORTEST_SECRET_BYTES || bytes.length > LONGEST_SECRET_BYTES) {
      problems.hidden(
          setting, "a secret must have 24 to 64 bytes after decoding; this has " + bytes.length);
      return Optional.empty();
    }
    return Optional.of(new Secret(bytes));
  }

  private Optional<URI> url(String setting, Optional<String> text) {
    if (text.isEmpty()) {
      problems.missing(setting, "a webhook needs the address to post to");
      return Optional.empty();
    }
    return HttpAddress.read(problems, setting, text.get(), "requests are signed instead");
  }
}
