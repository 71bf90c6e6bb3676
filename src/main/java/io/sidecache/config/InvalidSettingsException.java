/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.util.List;

/**
 * Settings with which the process cannot start.
 *
 * <p>The message is for people, ready to print: a first line that counts, and one line for each
 * setting that is wrong. It never holds a secret, a token or a URL with credentials.
 */
public final class InvalidSettingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  InvalidSettingsException(List<String> problems) {
    super(message(problems));
    this.problems = List.copyOf(problems);
  }

  /** One line for each setting that is wrong, in the order of the settings' names. */
  public List<String> problems() {
    return problems;
  }

  private static String message(List<String> problems) {
    String head =
        problems.size() == 1
            ? "sidecache cannot start: 1 setting is wrong"
            : "sidecache cannot start: " + problems.size() + " settings are wrong";
    return head + "\n  " + String.join("\n  ", problems);
  }
}
