/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.util.Optional;
import java.util.regex.Pattern;

/** What may be shown of a URL that may hold credentials. */
final class UrlText {
  private static final Pattern USER_INFORMATION = Pattern.compile("//[^/?#]*@");

  private UrlText() {}

  /** The URL without user information and query; empty where something else looks like some. */
  static Optional<String> withoutCredentials(String url) {
    String address = USER_INFORMATION.matcher(url.strip()).replaceAll("//").split("[?#]", 2)[0];
    return address.indexOf('@') < 0 && address.contains("://")
        ? Optional.of(address)
        : Optional.empty();
  }
}
