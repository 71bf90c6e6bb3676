/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

/**
 * How much of what is in memory is compared with PostgreSQL ({@code sidecache.audit}).
 *
 * @param keysPerMinute entries that this sidecar reads again each minute; 0 for none
 */
public record AuditSettings(int keysPerMinute) {
  public AuditSettings {
    if (keysPerMinute < 0) {
      throw new IllegalArgumentException("keysPerMinute must not be negative: " + keysPerMinute);
    }
  }
}
