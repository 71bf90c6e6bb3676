/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Loader.LoadException;
import io.sidecache.source.SourceUnavailableException;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is an error, in the form of RFC 9457.
 *
 * @param status the HTTP status
 * @param name the last part of its stable type, {@code urn:sidecache:<name>}
 * @param title the same for all problems of the type
 * @param detail about this occurrence; never a key, a value, a token or a credential
 */
record Problem(int status, String name, String title, String detail) {
  /** The media type of problems. */
  static final String MEDIA_TYPE = "application/problem+json";

  /** The status of a failure that is our own. */
  static final int INTERNAL = 500;

  /** The status of what is refused because there is too much of it. */
  static final int TOO_MANY = 429;

  /** What a failure of a load, of PostgreSQL or of a request comes to. */
  static Problem of(@Nullable Throwable failure) {
    return switch (failure instanceof CompletionException e ? e.getCause() : failure) {
      case ProblemException refused -> refused.problem();
      case SourceUnavailableException away -> sourceUnavailable(String.valueOf(away.getMessage()));
      case LoadException load -> {
        String explanation = String.valueOf(load.getMessage());
        yield switch (load.reason()) {
          case FAILED, TIMED_OUT -> loadFailed(explanation);
          case OVERLOADED -> loadOverloaded(explanation);
          case UNFIT_KEY -> invalidKey(explanation);
        };
      }
      case null, default -> internal();
    };
  }

  /** Whether the same request may have another answer soon. */
  boolean mayBeTriedAgain() {
    return status == TOO_MANY || status == 503 || name.equals("position-timeout");
  }

  static Problem unknownCache() {
    return new Problem(
        404, "unknown-cache", "No such cache", "no cache of this name is configured here");
  }

  static Problem notFound() {
    return new Problem(404, "not-found", "Nothing here", "there is no resource of this path");
  }

  static Problem invalidKey(String rule) {
    return new Problem(400, "invalid-key", "Not a key", rule);
  }

  static Problem invalidRequest(String rule) {
    return new Problem(400, "invalid-request", "Not understood", rule);
  }

  static Problem tooManyNames(int most) {
    return new Problem(
        413, "too-many-names", "Too many names", "the body may name at most " + most);
  }

  static Problem bodyTooLarge(long maximumBytes) {
    return new Problem(
        413,
        "body-too-large",
        "Body too large",
        "the body must have at most " + maximumBytes + " bytes");
  }

  static Problem answerTooLarge(long maximumBytes) {
    return new Problem(
        413,
        "answer-too-large",
        "Answer too large",
        "the values before this one fill "
            + maximumBytes
            + " bytes, which is the most for one answer; get this one with another");
  }

  static Problem tooManyBulkRequests() {
    return new Problem(
        429, "too-many-bulk-requests", "Too many bulk requests", "send it again later");
  }

  static Problem unauthorized() {
    return new Problem(
        401, "unauthorized", "Token required", "send one of the API's tokens as a bearer token");
  }

  static Problem misdirected() {
    return new Problem(
        421,
        "misdirected",
        "Not this host's name",
        "without a token the API answers to addresses, localhost and names without a dot alone");
  }

  static Problem crossSite() {
    return new Problem(
        403, "cross-site", "Of another site", "a web page of another origin sent this");
  }

  static Problem methodNotAllowed(String allowed) {
    return new Problem(
        405, "method-not-allowed", "Method not allowed", "the resource allows " + allowed);
  }

  static Problem unsupportedMediaType(String wanted) {
    return new Problem(
        415, "unsupported-media-type", "Unsupported media type", "the body must be " + wanted);
  }

  static Problem bodyTooLarge() {
    return new Problem(413, "body-too-large", "Body too large", "the body has too many bytes");
  }

  static Problem entryAbsent() {
    return new Problem(
        404, "entry-absent", "No such entry", "the cache holds no value for this key");
  }

  static Problem rowAbsent() {
    return new Problem(404, "row-absent", "No such row", "the database holds no row for this key");
  }

  static Problem onlyIfCached() {
    return new Problem(
        504, "not-cached", "Not in memory", "only-if-cached was asked for, and it is not");
  }

  static Problem entryTooLarge(long maximumBytes) {
    return new Problem(
        413,
        "entry-too-large",
        "Value too large",
        "the cache takes values of at most " + maximumBytes + " bytes");
  }

  static Problem tooManyFills() {
    return new Problem(
        TOO_MANY, "too-many-fills", "Too many fills", "too many bytes of fills are on their way");
  }

  static Problem fillTokenRequired() {
    return new Problem(
        428,
        "fill-token-required",
        "Fill token required",
        "send the Sidecache-Fill token that the miss answered with");
  }

  static Problem fillRefused(String why) {
    return new Problem(412, "fill-refused", "Fill refused", why);
  }

  static Problem loadFailed(String why) {
    return new Problem(503, "load-failed", "The database gave no value", why);
  }

  static Problem loadOverloaded(String why) {
    return new Problem(429, "too-many-loads", "Too many loads", why);
  }

  static Problem sourceUnavailable(String why) {
    return new Problem(503, "source-unavailable", "PostgreSQL is away", why);
  }

  static Problem unknownPeer() {
    return new Problem(
        404, "unknown-peer", "No such peer", "no webhook of this name is configured here");
  }

  static Problem peerDisabled() {
    return new Problem(
        409,
        "peer-disabled",
        "Peer disabled",
        "the peer answered 410 (Gone); it is left alone until the sidecar's next start");
  }

  static Problem positionTimeout(String why) {
    return new Problem(504, "position-timeout", "Position not reached", why);
  }

  static Problem tooManyWaits() {
    return new Problem(
        429, "too-many-waits", "Too many waits", "too many readers wait for a position already");
  }

  static Problem internal() {
    return new Problem(INTERNAL, "internal", "Internal error", "see the sidecar's log");
  }

  String type() {
    return "urn:sidecache:" + name;
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("type", type())
        .put("title", title)
        .put("status", status)
        .put("detail", detail);
  }
}
