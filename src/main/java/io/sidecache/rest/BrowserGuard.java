/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the web pages of others from calling an API that asks for no token, through a browser that
 * can reach it: on the developer's machine, say.
 *
 * <p>A page whose own host name is made to resolve to 127.0.0.1 (DNS rebinding) could read answers,
 * so names that someone could own are not ours. A page of any other origin could send what needs no
 * preflight (Fetch standard, "CORS-safelisted"), so what changes anything must not come from one.
 */
public final class BrowserGuard implements ApiGuard {
  private final boolean anyHost;

  /**
   * @param anyHost whether the callers' own check of our TLS certificate tells that they meant us
   */
  public BrowserGuard(boolean anyHost) {
    this.anyHost = anyHost;
  }

  @Override
  public boolean admits(HttpServerRequest request) {
    String host = host(request);
    if (host == null && request.version() != HttpVersion.HTTP_1_0) {
      // RFC 9112, section 3.2
      Responses.problem(request, Problem.invalidRequest("a request must have a Host"), null);
    } else if (!anyHost && host != null && !isOurs(name(host))) {
      Responses.problem(request, Problem.misdirected(), null);
    } else if (!isSafe(request) && !isOfOurOrigin(request, host)) {
      Responses.problem(request, Problem.crossSite(), null);
    } else {
      return true;
    }
    return false;
  }

  /** Not the request's authority, which a forwarding header may have changed. */
  private static @Nullable String host(HttpServerRequest request) {
    String host = request.getHeader(HttpHeaders.HOST);
    return host == null && request.version() == HttpVersion.HTTP_2 && request.authority() != null
        ? request.authority().toString()
        : host;
  }

  private static String name(String host) {
    int end = host.startsWith("[") ? host.indexOf(']') + 1 : host.indexOf(':');
    String name = end > 0 ? host.substring(0, end) : host;
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  /**
   * Names of one label cannot be had in the DNS (ICANN forbids dotless domains), addresses even
   * less.
   */
  private static boolean isOurs(String name) {
    return name.indexOf('.') < 0
        || isDottedQuad(name)
        || (name.startsWith("[") && name.endsWith("]"))
        || name.toLowerCase(Locale.ROOT).endsWith(".localhost"); // RFC 6761, section 6.3
  }

  /** Four numbers. By hand, since it is looked at for each hit. */
  private static boolean isDottedQuad(String name) {
    int dots = 0;
    int digits = 0;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '.' && digits > 0) {
        dots++;
        digits = 0;
      } else if (c >= '0' && c <= '9' && digits < 3) {
        digits++;
      } else {
        return false;
      }
    }
    return dots == 3 && digits > 0;
  }

  private static boolean isSafe(HttpServerRequest request) {
    return switch (request.method().name()) {
      case "GET", "HEAD", "OPTIONS" -> true;
      default -> false;
    };
  }

  /** Browsers alone send these fields, and no page can change them. */
  private static boolean isOfOurOrigin(HttpServerRequest request, @Nullable String host) {
    String site = request.getHeader("Sec-Fetch-Site");
    if (site != null && !site.equals("same-origin") && !site.equals("none")) {
      return false;
    }
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    if (origin == null) {
      return true;
    }
    int authority = origin.indexOf("://");
    return host != null && authority > 0 && origin.substring(authority + 3).equalsIgnoreCase(host);
  }
}
