/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.time.Duration;
import java.util.Optional;

/** Checks how one peer is told, {@code sidecache.webhooks.<peer>}. For one reading. */
final class DeliveryReader {
  private static final long LEAST_BATCH_BYTES = 1024;
  private static final long LARGEST_BATCH_BYTES = 16L << 20;

  private final Values values;
  private final String peer;
  private final SidecacheMapping.Webhook raw;

  DeliveryReader(Values values, String peer, SidecacheMapping.Webhook raw) {
    this.values = values;
    this.peer = peer;
    this.raw = raw;
  }

  WebhookSettings.Delivery read() {
    int queueCapacity = number("queue-capacity", raw.queueCapacity(), 1, 1_000_000, 10_000);
    int batchSize = number("max-batch-size", raw.maxBatchSize(), 1, 10_000, 100);
    if (batchSize > queueCapacity) {
      wrong(
          "max-batch-size",
          Integer.toString(batchSize),
          "must be at most queue-capacity (" + queueCapacity + ")");
    }
    Duration timeout = duration("request-timeout", raw.requestTimeout(), Duration.ofSeconds(10));
    Duration initial = duration("retry-initial", raw.retryInitial(), Duration.ofMillis(200));
    Duration max = duration("retry-max", raw.retryMax(), Duration.ofSeconds(30));
    if (max.compareTo(initial) < 0) {
      wrong(
          "retry-max",
          DurationText.of(max),
          "must be at least retry-initial (" + DurationText.of(initial) + ")");
    }
    return new WebhookSettings.Delivery(
        values.durationOrZero(name("linger"), raw.linger(), Duration.ofMillis(10)),
        batchSize,
        batchBytes(),
        queueCapacity,
        within(timeout, "connect-timeout", raw.connectTimeout(), Duration.ofSeconds(2)),
        within(timeout, "read-timeout", raw.readTimeout(), Duration.ofSeconds(5)),
        timeout,
        number("max-attempts", raw.maxAttempts(), 1, 1_000, 8),
        initial,
        max,
        number("dead-letters", raw.deadLetters(), 0, 10_000, 100));
  }

  /** A timeout that is part of the total one; a default gives way to a shorter total. */
  private Duration within(
      Duration total, String suffix, Optional<String> text, Duration otherwise) {
    Duration part = duration(suffix, text, otherwise.compareTo(total) > 0 ? total : otherwise);
    if (part.compareTo(total) > 0) {
      wrong(
          suffix,
          DurationText.of(part),
          "must be at most request-timeout (" + DurationText.of(total) + ")");
    }
    return part;
  }

  private int batchBytes() {
    String name = name("max-batch-bytes");
    long bytes = values.memory(name, raw.maxBatchBytes()).orElse(256L << 10);
    if (bytes < LEAST_BATCH_BYTES || bytes > LARGEST_BATCH_BYTES) {
      wrong("max-batch-bytes", raw.maxBatchBytes().orElse(""), "must be from 1K to 16M");
      return (int) LEAST_BATCH_BYTES;
    }
    return (int) bytes;
  }

  private int number(String suffix, Optional<String> text, long least, long most, int otherwise) {
    return values.number(name(suffix), text, least, most).map(Math::toIntExact).orElse(otherwise);
  }

  private Duration duration(String suffix, Optional<String> text, Duration otherwise) {
    return values.duration(name(suffix), text, otherwise);
  }

  private void wrong(String suffix, String value, String rule) {
    values.problems().wrong(name(suffix), value, rule);
  }

  private String name(String suffix) {
    return SettingNames.of("webhooks", peer, suffix);
  }
}
