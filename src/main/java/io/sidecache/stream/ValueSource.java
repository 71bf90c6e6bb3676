/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

import java.util.concurrent.CompletionStage;

/** Tells the present value of a key, for readers who want it with the eviction. */
@FunctionalInterface
public interface ValueSource {
  /**
   * The members that describe the value, as JSON text in one line without braces, such as {@code
   * "value":{"id":42}}. Returns at once.
   *
   * @return empty text where there is nothing to tell; may fail, which tells nothing either
   */
  CompletionStage<String> members(String cache, String key);
}
