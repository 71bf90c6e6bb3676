/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.sidecache.webhook.DeadLetter;
import io.sidecache.webhook.Peer;
import io.sidecache.webhook.PeerFigures;
import io.sidecache.webhook.PeerSettings;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One peer's settings and figures, as the HTTP interface shows them; {@code address} without path
 * and query, which may hold a credential.
 */
@RegisterForReflection(ignoreNested = false)
@JsonInclude(JsonInclude.Include.NON_NULL)
record PeerView(
    String name,
    String address,
    List<String> caches,
    List<String> groups,
    String state,
    int queued,
    int queueCapacity,
    boolean resetOwed,
    long delivered,
    long batches,
    long resets,
    long failures,
    long consecutiveFailures,
    long overflows,
    long covered,
    long discarded,
    int deadLetters,
    long deadLettersDropped,
    @Nullable String lastSuccess,
    @Nullable String lastFailure) {

  /** One message that was given up, without the keys in it. */
  record Letter(String id, String at, int events, int bytes, int attempts, String reason) {
    static Letter of(DeadLetter letter) {
      return new Letter(
          letter.id(),
          letter.at().toString(),
          letter.events(),
          letter.bytes(),
          letter.attempts(),
          letter.reason());
    }
  }

  static PeerView of(Peer peer) {
    PeerSettings settings = peer.settings();
    PeerFigures f = peer.figures();
    return new PeerView(
        settings.name(),
        settings.address(),
        settings.caches().stream().sorted().toList(),
        settings.groups().stream().sorted().toList(),
        f.state().name().toLowerCase(Locale.ROOT),
        f.queued(),
        settings.queueCapacity(),
        f.resetOwed(),
        f.delivered(),
        f.batches(),
        f.resets(),
        f.failures(),
        f.consecutiveFailures(),
        f.overflows(),
        f.covered(),
        f.discarded(),
        f.deadLetters(),
        f.deadLettersDropped(),
        f.lastSuccess().map(Object::toString).orElse(null),
        f.lastFailure().orElse(null));
  }
}
