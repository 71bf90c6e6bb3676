/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.util.Objects;
import java.util.Optional;

/**
 * Whether this process installs our schema in the database ({@code sidecache.schema}).
 *
 * @param migrate whether to install and upgrade it at start; empty leaves the choice to the profile
 */
public record SchemaSettings(Optional<Boolean> migrate) {
  public SchemaSettings {
    Objects.requireNonNull(migrate, "migrate");
  }
}
