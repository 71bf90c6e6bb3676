/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * What people are told while there is no connection: once for each kind of reason, and then at most
 * once a minute, until all is well again. Not safe for threads.
 */
final class Troubles {
  private static final Logger LOG = Logger.getLogger(Troubles.class);
  private static final Duration REMINDER = Duration.ofMinutes(1);
  private static final Pattern DIGITS = Pattern.compile("[0-9]+");
  private static final int MOST_REASONS = 8;

  private final Set<String> told = new HashSet<>();
  private long sinceNanos;
  private long reminderNanos;

  /**
   * Something failed.
   *
   * @param attempts how many have failed by now, this one included
   */
  void tell(String what, String reason, int attempts, long nowNanos) {
    if (told.isEmpty()) {
      sinceNanos = nowNanos;
    }
    // Process ids and times differ from one attempt to the next; the kind does not.
    String kind = DIGITS.matcher(reason).replaceAll("0");
    if (told.size() < MOST_REASONS && told.add(kind)) {
      reminderNanos = nowNanos;
      LOG.warnf("%s. Trying on.", sentence(what + ": " + reason));
    } else if (nowNanos - reminderNanos >= REMINDER.toNanos()) {
      reminderNanos = nowNanos;
      LOG.warnf(
          "%s for %d s, %d attempts failed so far; the last: %s",
          what, Duration.ofNanos(nowNanos - sinceNanos).toSeconds(), attempts, reason);
    }
  }

  /** All is well. */
  void over() {
    told.clear();
  }

  /** Without a full stop of its own: drivers' messages may end with one. */
  static String sentence(String text) {
    String end = text.stripTrailing();
    while (end.endsWith(".")) {
      end = end.substring(0, end.length() - 1);
    }
    return end;
  }
}
