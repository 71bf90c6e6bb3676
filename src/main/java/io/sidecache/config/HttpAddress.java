/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/** Checks an address that we post to. */
final class HttpAddress {
  private HttpAddress() {}

  /**
   * The address, or a problem noted, in which no credential is shown.
   *
   * @param insteadOfCredentials why there is no place for a user or password in it
   */
  static Optional<URI> read(
      Problems problems, String setting, String text, String insteadOfCredentials) {
    Optional<String> broken;
    try {
      URI url = new URI(text.strip());
      broken = brokenRule(url, insteadOfCredentials);
      if (broken.isEmpty()) {
        return Optional.of(url);
      }
    } catch (URISyntaxException e) {
      // The exception's message holds the whole text.
      broken = Optional.of("is not a URL (RFC 3986)");
    }
    String rule = broken.get();
    UrlText.withoutCredentials(text)
        .ifPresentOrElse(
            shown -> problems.wrong(setting, shown, rule), () -> problems.hidden(setting, rule));
    return Optional.empty();
  }

  private static Optional<String> brokenRule(URI url, String insteadOfCredentials) {
    String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
    if (!"http".equals(scheme) && !"https".equals(scheme)) {
      return Optional.of("must begin with http:// or https://");
    }
    if (url.getRawUserInfo() != null) {
      return Optional.of("must not hold a user or password; " + insteadOfCredentials);
    }
    if (url.getHost() == null) {
      return Optional.of("must name a host");
    }
    if (url.getRawFragment() != null) {
      return Optional.of("must not have a fragment (#…), which is never sent");
    }
    return Optional.empty();
  }
}
