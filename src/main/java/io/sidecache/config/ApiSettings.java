/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.util.List;

/**
 * Who may call the HTTP interface ({@code sidecache.api}).
 *
 * @param tokens the bearer tokens that are accepted, as UTF-8 bytes; empty asks for none
 */
public record ApiSettings(List<Secret> tokens) {
  public ApiSettings {
    tokens = List.copyOf(tokens);
  }
}
