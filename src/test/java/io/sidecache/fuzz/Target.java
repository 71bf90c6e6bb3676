/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.fuzz;

import io.sidecache.cache.KeyFormFuzz;
import io.sidecache.cache.TokenFuzz;
import io.sidecache.rest.FieldFuzz;
import io.sidecache.rest.GroupFuzz;
import io.sidecache.rest.ListsFuzz;
import io.sidecache.rest.PathFuzz;
import io.sidecache.source.postgres.InvalidationFuzz;
import io.sidecache.source.postgres.PayloadFuzz;
import io.sidecache.source.postgres.PositionFuzz;
import io.sidecache.source.postgres.StringsFuzz;
import io.sidecache.source.webhook.BatchFuzz;
import io.sidecache.source.webhook.SignatureFuzz;
import io.sidecache.stream.StreamPositionFuzz;

/**
 * All targets. The name of each is the name of its corpus, {@code src/test/resources/fuzz/<name>}.
 */
enum Target {
  PAYLOAD(PayloadFuzz.class, PayloadFuzz::fuzzerTestOneInput),
  INVALIDATION(InvalidationFuzz.class, InvalidationFuzz::fuzzerTestOneInput),
  TOKEN(TokenFuzz.class, TokenFuzz::fuzzerTestOneInput),
  GROUP(GroupFuzz.class, GroupFuzz::fuzzerTestOneInput),
  SIGNATURE(SignatureFuzz.class, SignatureFuzz::fuzzerTestOneInput),
  BATCH(BatchFuzz.class, BatchFuzz::fuzzerTestOneInput),
  STREAM(StreamPositionFuzz.class, StreamPositionFuzz::fuzzerTestOneInput),
  PATH(PathFuzz.class, PathFuzz::fuzzerTestOneInput),
  FIELD(FieldFuzz.class, FieldFuzz::fuzzerTestOneInput),
  POSITION(PositionFuzz.class, PositionFuzz::fuzzerTestOneInput),
  LISTS(ListsFuzz.class, ListsFuzz::fuzzerTestOneInput),
  STRINGS(StringsFuzz.class, StringsFuzz::fuzzerTestOneInput),
  KEYFORM(KeyFormFuzz.class, KeyFormFuzz::fuzzerTestOneInput);

  private final Class<?> type;

  @SuppressWarnings("ImmutableEnumChecker") // a method without state
  private final Input input;

  /** Takes one input; throws where there is a finding. */
  @FunctionalInterface
  private interface Input {
    void take(byte[] octets);
  }

  Target(Class<?> type, Input input) {
    this.type = type;
    this.input = input;
  }

  Class<?> type() {
    return type;
  }

  void take(byte[] octets) {
    input.take(octets);
  }

  String corpus() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
