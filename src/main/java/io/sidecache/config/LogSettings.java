/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.time.Duration;
import java.util.Objects;

/**
 * Whether and how the durable log in PostgreSQL is used ({@code sidecache.log}).
 *
 * @param enabled whether missed changes are read from the log where the schema is installed
 * @param retention how long changes are kept in the log
 */
public record LogSettings(boolean enabled, Duration retention) {
  public LogSettings {
    Objects.requireNonNull(retention, "retention");
  }
}
