/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.util.Optional;

/**
 * The live stream ({@code sidecache.events}).
 *
 * @param replay how many recent events are kept for readers who come back
 * @param maximumSubscribers how many may read at once
 */
public record EventsSettings(int replay, int maximumSubscribers) {
  private static final int DEFAULT_REPLAY = 10_000;
  private static final int MOST_REPLAYED = 1_000_000;
  private static final int DEFAULT_SUBSCRIBERS = 2000;
  private static final int MOST_SUBSCRIBERS = 100_000;

  static EventsSettings read(Values values, SidecacheMapping.Events raw) {
    return new EventsSettings(
        number(values, "events.replay", raw.replay(), MOST_REPLAYED, DEFAULT_REPLAY),
        number(
            values,
            "events.maximum-subscribers",
            raw.maximumSubscribers(),
            MOST_SUBSCRIBERS,
            DEFAULT_SUBSCRIBERS));
  }

  private static int number(
      Values values, String name, Optional<String> text, int most, int otherwise) {
    return values
        .number(SettingNames.of(name), text, 1, most)
        .map(Math::toIntExact)
        .orElse(otherwise);
  }
}
