/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

/**
 * One line of what the command {@code doctor} has to say.
 *
 * @param level how bad it is
 * @param check what was looked at: a fixed word, to search for
 * @param fact what was found, without secrets
 * @param remedy what to do about it; empty where there is nothing to do
 */
record Finding(Level level, String check, String fact, String remedy) {

  /** How bad it is. */
  enum Level {
    /** As it should be. */
    OK("ok"),
    /** The sidecar can work with it, or it may pass by itself. */
    WARN("warn"),
    /** The sidecar cannot work with it, or cannot keep its promise. */
    FAIL("FAIL"),
    /** Not looked at, because of what failed before. */
    SKIP("skip");

    private final String word;

    Level(String word) {
      this.word = word;
    }
  }

  static Finding ok(String check, String fact) {
    return new Finding(Level.OK, check, fact, "");
  }

  static Finding warn(String check, String fact, String remedy) {
    return new Finding(Level.WARN, check, fact, remedy);
  }

  static Finding fail(String check, String fact, String remedy) {
    return new Finding(Level.FAIL, check, fact, remedy);
  }

  static Finding skip(String check, String why) {
    return new Finding(Level.SKIP, check, why, "");
  }

  boolean isFailure() {
    return level == Level.FAIL;
  }

  /** One line: what would break it, or steer a terminal, becomes a blank. */
  String line() {
    String text = remedy.isEmpty() ? fact : fact + ": " + remedy;
    StringBuilder line = new StringBuilder("%-5s %-12s ".formatted(level.word, check));
    text.codePoints()
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? ' ' : c)
        .forEach(line::appendCodePoint);
    return line.toString();
  }
}
