/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

/**
 * Counts the JDBC parameters of a {@code load} statement, so that this package needs no SQL parser.
 */
@FunctionalInterface
public interface LoadParameters {
  /**
   * How many {@code ?} parameters the statement has; those in literals, comments and operators do
   * not count.
   *
   * @throws IllegalArgumentException where the text is not exactly one statement; the message is
   *     shown to people as the rule that was broken, for example "must be one statement, has 2"
   */
  int count(String sql);
}
