/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

import java.util.regex.Pattern;

/**
 * A place in the stream of one process: the {@code id} of a server-sent event.
 *
 * @param history names the process; every start makes a new one
 * @param number counts its events from 1; 0 stands before the first
 */
public record StreamPosition(String history, long number) {
  /** Of no stream: whoever stopped there has missed nobody knows what. */
  public static final StreamPosition ELSEWHERE = new StreamPosition("", 0);

  private static final Pattern TEXT = Pattern.compile("[0-9a-f]{16}-(0|[1-9][0-9]{0,17})");

  public StreamPosition {
    if (number < 0) {
      throw new IllegalArgumentException("number must not be negative, was " + number);
    }
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException where it is none; the message does not quote it
   */
  public static StreamPosition parse(String text) {
    if (!TEXT.matcher(text).matches()) {
      throw new IllegalArgumentException("a position of the stream is what id: told");
    }
    int dash = text.indexOf('-');
    return new StreamPosition(text.substring(0, dash), Long.parseLong(text.substring(dash + 1)));
  }

  /** The text form, such as {@code 0123456789abcdef-42}. */
  @Override
  public String toString() {
    return history + "-" + number;
  }
}
