/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * Lets requests pass that carry one of the API's bearer tokens (RFC 6750, section 2.1). The page
 * and the webhooks in stand before it.
 */
public final class BearerGuard implements ApiGuard {
  private static final String SCHEME = "bearer ";

  private final List<byte[]> digests;

  /**
   * @param tokens the tokens that are accepted; one at least
   */
  public BearerGuard(List<byte[]> tokens) {
    if (tokens.isEmpty()) {
      throw new IllegalArgumentException("tokens must not be empty");
    }
    this.digests = tokens.stream().map(BearerGuard::digest).toList();
  }

  @Override
  public boolean admits(HttpServerRequest request) {
    if (isAccepted(request.headers().getAll(HttpHeaders.AUTHORIZATION))) {
      return true;
    }
    request.response().putHeader("WWW-Authenticate", "Bearer realm=\"sidecache\"");
    Responses.problem(request, Problem.unauthorized(), null);
    return false;
  }

  boolean isAccepted(List<String> authorization) {
    if (authorization.size() != 1) { // RFC 9110, section 11.6.2: there is one, or none
      return false;
    }
    String field = authorization.getFirst();
    return field.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        && isOneOf(field.substring(SCHEME.length()).strip());
  }

  /**
   * Compares digests, and with all of them: the time tells neither how much of a token was right,
   * nor how long one is, nor which it was.
   */
  private boolean isOneOf(String given) {
    byte[] candidate = digest(given.getBytes(StandardCharsets.UTF_8));
    boolean found = false;
    for (byte[] digest : digests) {
      found |= MessageDigest.isEqual(digest, candidate);
    }
    return found;
  }

  private static byte[] digest(byte[] token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token);
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
