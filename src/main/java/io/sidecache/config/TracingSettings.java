/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.net.URI;
import java.util.Objects;
import java.util.Optional;

/**
 * Whether loads and webhooks are traced ({@code sidecache.tracing}).
 *
 * @param endpoint where spans are posted, by OTLP over HTTP; empty for no traces at all
 * @param samplePercent how many in a hundred of the traces that begin here are kept
 */
public record TracingSettings(Optional<URI> endpoint, int samplePercent) {
  public TracingSettings {
    Objects.requireNonNull(endpoint, "endpoint");
  }
}
