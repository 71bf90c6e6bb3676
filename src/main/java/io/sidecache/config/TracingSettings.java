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

  static TracingSettings read(Values values, SidecacheMapping.Tracing raw) {
    return new TracingSettings(
        raw.endpoint()
            .flatMap(
                text ->
                    HttpAddress.read(
                        values.problems(),
                        SettingNames.of("tracing.endpoint"),
                        text,
                        "traces are posted to a collector beside us, which has them")),
        Math.toIntExact(
            values
                .number(SettingNames.of("tracing.sample-percent"), raw.samplePercent(), 1, 100)
                .orElse(100L)));
  }
}
