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
    assertThat(new Event(new Invalidation.Key("products", "4\"2"), null, AT).json())
        .isEqualTo(
            "{\"cache\":\"products\",\"key\":\"4\\\"2\",\"at\":\"2026-11-23T19:44:17.837505Z\"}");
    assertThat(new Event(new Invalidation.Tag("products", "list"), null, AT).json())
        .startsWith("{\"cache\":\"products\",\"group\":\"list\",\"at\"");
    assertThat(new Event(new Invalidation.WholeCache("products"), null, AT).json())
        .startsWith("{\"cache\":\"products\",\"whole\":true,\"at\"");
    assertThat(new Event(new Invalidation.Everything(), null, AT).json())
        .startsWith("{\"everything\":true,\"at\"");
  }

  @Test
  void json_knownPosition_isTold() {
    Position position = new Position(2, 745, Position.parseLsn("16/B374D848"));
    assertThat(new Event(new Invalidation.Key("c", "k"), position, AT).json())
        .contains("\"position\":\"2-745-16/B374D848\"");
  }
}
