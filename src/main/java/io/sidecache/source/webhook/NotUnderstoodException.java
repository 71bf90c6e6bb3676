/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

/** A body says something that we do not understand. Its message names the rule, never content. */
final class NotUnderstoodException extends Exception {
  private static final long serialVersionUID = 1L;

  NotUnderstoodException(String rule) {
    super(rule, null, false, false);
  }
}
