/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.sidecache.source.SourceStatus;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where the connection to the feed of invalidations stands, as the HTTP interface shows it; named
 * as in the health data of the listener.
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
record SourceView(
    String state,
    @Nullable String connectedSince,
    @Nullable Long disconnectedForMillis,
    @Nullable Long lastHeartbeatAgeMillis,
    @Nullable Long lagMicros,
    long reconnects,
    @Nullable String lastFailure) {

  static SourceView of(SourceStatus status) {
    return new SourceView(
        status.state().name().toLowerCase(Locale.ROOT),
        status.connectedSince().map(Object::toString).orElse(null),
        status.disconnectedFor().map(Duration::toMillis).orElse(null),
        status.lastHeartbeatAge().map(Duration::toMillis).orElse(null),
        status.lag().map(lag -> lag.toNanos() / 1_000).orElse(null),
        status.reconnects(),
        status.lastFailure().orElse(null));
  }
}
