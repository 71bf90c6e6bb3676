/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The JSON that webhooks and server-sent events share. */
final class EventTest {
  private static final Instant AT = Instant.parse("2026-11-23T19:44:17.837505Z");

  @Test
  void json_eachInvalidation_hasItsOwnForm() {
    assertThat(json(new Invalidation.Key("products", "4\"2")))
        .isEqualTo(
            "{\"cache\":\"products\",\"key\":\"4\\\"2\",\"position\":\"p-1\","
                + "\"at\":\"2026-11-23T19:44:17.837505Z\"}");
    assertThat(json(new Invalidation.Tag("products", "list")))
        .startsWith("{\"cache\":\"products\",\"group\":\"list\",\"position\":\"p-1\",\"at\"");
    assertThat(json(new Invalidation.WholeCache("products")))
        .startsWith("{\"cache\":\"products\",\"whole\":true,\"position\":\"p-1\",\"at\"");
    assertThat(json(new Invalidation.Everything())).startsWith("{\"everything\":true,\"at\"");
  }

  @Test
  void json_knownPosition_isTold() {
    Position position = new Position(2, 745, Position.parseLsn("16/B374D848"));
    assertThat(new Event(new Invalidation.Key("c", "k"), position, AT).json("p-1"))
        .contains("\"position\":\"2-745-16/B374D848\"")
        .doesNotContain("p-1");
  }

  private static String json(Invalidation invalidation) {
    return new Event(invalidation, null, AT).json("p-1");
  }
}
