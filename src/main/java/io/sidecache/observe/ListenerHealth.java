/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.observe;

import io.sidecache.source.InvalidationSource;
import io.sidecache.source.SourceStatus;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;

/**
 * What the three health checks say of the listener.
 *
 * <p>Liveness is DOWN only where a restart might help: no progress at all, or disconnected for very
 * long. Readiness by default stays UP through a gap, because a sidecar that is not ready takes its
 * application out of service; the gap shows in the data.
 */
public final class ListenerHealth {
  private final InvalidationSource source;
  private final Bounds bounds;

  /**
   * When the checks turn.
   *
   * @param stuckAfter without a heartbeat or an attempt to connect, liveness is DOWN
   * @param disconnectedDownAfter without a connection, liveness is DOWN
   * @param readyDuringGap whether readiness stays UP after it first was
   * @param readyUnproven whether it is UP from the start: where freshness may never be proven
   */
  public record Bounds(
      Duration stuckAfter,
      Duration disconnectedDownAfter,
      boolean readyDuringGap,
      boolean readyUnproven) {}

  public ListenerHealth(InvalidationSource source, Bounds bounds) {
    this.source = source;
    this.bounds = bounds;
  }

  HealthCheckResponse live() {
    SourceStatus status = source.status();
    boolean stuck = status.sinceProgress().compareTo(bounds.stuckAfter()) >= 0;
    boolean gone =
        status
            .disconnectedFor()
            .filter(d -> d.compareTo(bounds.disconnectedDownAfter()) >= 0)
            .isPresent();
    return describe("listener", status).status(!stuck && !gone).build();
  }

  HealthCheckResponse ready() {
    SourceStatus status = source.status();
    boolean fresh =
        switch (status.state()) {
          case FRESH, POLLING -> true;
          case NEW, CONNECTING, BACKOFF, LISTENING, CLOSED -> false;
        };
    boolean freshBefore = status.lastHeartbeatAge().isPresent();
    return describe("listener-ready", status)
        .status(fresh || ((freshBefore || bounds.readyUnproven()) && bounds.readyDuringGap()))
        .build();
  }

  HealthCheckResponse started() {
    SourceStatus status = source.status();
    return HealthCheckResponse.named("listener-started")
        .withData("state", status.state().name())
        .status(status.state() != SourceStatus.State.NEW)
        .build();
  }

  private static HealthCheckResponseBuilder describe(String name, SourceStatus status) {
    HealthCheckResponseBuilder response =
        HealthCheckResponse.named(name)
            .withData("state", status.state().name())
            .withData("channels", String.join(", ", status.channels()))
            .withData("reconnects", status.reconnects());
    Optional<String> since = status.connectedSince().map(Object::toString);
    since.ifPresent(text -> response.withData("connectedSince", text));
    status
        .lastHeartbeatAge()
        .ifPresent(age -> response.withData("lastHeartbeatAgeMillis", age.toMillis()));
    status.lag().ifPresent(lag -> response.withData("lagMicros", lag.toNanos() / 1_000));
    status
        .disconnectedFor()
        .ifPresent(gone -> response.withData("disconnectedForMillis", gone.toMillis()));
    status
        .queueUsage()
        .ifPresent(usage -> response.withData("queueUsagePercent", Math.round(usage * 100)));
    status.lastFailure().ifPresent(reason -> response.withData("lastFailure", reason));
    status.lastTrouble().ifPresent(kind -> response.withData("lastTrouble", kind.text()));
    return response;
  }
}
