/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sidecache.invalidation.Invalidation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class InvalidationPayloadTest {

  private static List<Invalidation> readAll(List<String> payloads) throws Exception {
    List<Invalidation> all = new ArrayList<>();
    for (String payload : payloads) {
      assertThat(payload.getBytes(StandardCharsets.UTF_8).length)
          .isLessThanOrEqualTo(InvalidationPayload.MAXIMUM_BYTES);
      all.addAll(InvalidationPayload.read(payload).invalidations());
    }
    return all;
  }

  @Test
  void write_oneOfEach_hasTheDocumentedForm() {
    assertThat(
            InvalidationPayload.write(
                List.of(
                    new Invalidation.Key("products", "42"),
                    new Invalidation.Tag("products", "list"),
                    new Invalidation.WholeCache("orders"),
                    new Invalidation.Everything())))
        .containsExactly(
            "{\"v\":1,\"i\":[{\"cache\":\"products\",\"key\":\"42\"},"
                + "{\"cache\":\"products\",\"group\":\"list\"},"
                + "{\"cache\":\"orders\",\"whole\":true},{\"everything\":true}]}");
  }

  @Test
  void write_nothing_givesNoPayload() {
    assertThat(InvalidationPayload.write(List.of())).isEmpty();
  }

  @Test
  void writeAndRead_randomNames_comeBackInOrderAndFit() throws Exception {
    Random random = new Random(7);
    String alphabet = "ab\"\\\n\0\u001f\u00e9\u20ac'{}[]:,\uD800\uDC00 ";
    List<Invalidation> all = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      StringBuilder name = new StringBuilder("x");
      int length = random.nextInt(60);
      for (int j = 0; j < length; j++) {
        name.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      all.add(
          switch (i % 3) {
            case 0 -> new Invalidation.Key("c" + name, name.toString());
            case 1 -> new Invalidation.Tag("c", name.toString());
            default -> new Invalidation.WholeCache(name.toString());
          });
    }

    assertThat(readAll(InvalidationPayload.write(all))).containsExactlyElementsOf(all);
  }

  @Test
  void write_payloadsAtTheBound_areFilledToTheLastByte() throws Exception {
    int around =
        InvalidationPayload.write(List.of(new Invalidation.Key("c", ""))).getFirst().length();
    String name = "k".repeat(InvalidationPayload.MAXIMUM_BYTES - around);
    Invalidation exact = new Invalidation.Key("c", name);
    Invalidation over = new Invalidation.Key("c", name + "k");

    List<String> payloads = InvalidationPayload.write(List.of(exact, over, exact));

    assertThat(payloads).hasSize(3);
    assertThat(payloads.getFirst()).hasSize(InvalidationPayload.MAXIMUM_BYTES);
    assertThat(readAll(payloads)).containsExactly(exact, new Invalidation.WholeCache("c"), exact);
  }

  @Test
  void write_nameTooLong_isWidened() throws Exception {
    String tooLong = "\u0001".repeat(2_000);

    assertThat(
            readAll(
                InvalidationPayload.write(
                    List.of(
                        new Invalidation.Key("products", tooLong),
                        new Invalidation.Tag("products", tooLong),
                        new Invalidation.WholeCache(tooLong),
                        new Invalidation.Key("products", "1")))))
        .containsExactly(
            new Invalidation.WholeCache("products"),
            new Invalidation.WholeCache("products"),
            new Invalidation.Everything(),
            new Invalidation.Key("products", "1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "42",
        "[]",
        "{}",
        "{\"v\":1}",
        "{\"i\":[]}",
        "{\"v\":2,\"i\":[]}",
        "{\"v\":\"1\",\"i\":[]}",
        "{\"v\":1,\"i\":{}}",
        "{\"v\":1,\"i\":[],\"x\":1}",
        "{\"v\":1,\"i\":[],\"x\":\"\"}",
        "{\"v\":1,\"i\":[],\"x\":\"0\"}",
        "{\"v\":1,\"i\":[],\"x\":\"18446744073709551616\"}",
        "{\"v\":1,\"i\":[],\"y\":1}",
        "{\"v\":1,\"i\":[]}x",
        "{\"v\":1,\"i\":[1]}",
        "{\"v\":1,\"i\":[{}]}",
        "{\"v\":1,\"i\":[{\"cache\":\"a\"}]}",
        "{\"v\":1,\"i\":[{\"key\":\"a\"}]}",
        "{\"v\":1,\"i\":[{\"cache\":\"\",\"key\":\"a\"}]}",
        "{\"v\":1,\"i\":[{\"cache\":\"a\",\"key\":1}]}",
        "{\"v\":1,\"i\":[{\"cache\":\"a\",\"key\":\"b\",\"group\":\"c\"}]}",
        "{\"v\":1,\"i\":[{\"cache\":\"a\",\"group\":\"\"}]}",
        "{\"v\":1,\"i\":[{\"cache\":\"a\",\"whole\":false}]}",
        "{\"v\":1,\"i\":[{\"cache\":\"a\",\"everything\":true}]}",
        "{\"v\":1,\"i\":[{\"everything\":false}]}",
        "{\"v\":1,\"i\":[{\"everything\":true,\"y\":1}]}"
      })
  void read_anythingElse_isUnreadable(String payload) {
    assertThatExceptionOfType(UnreadablePayloadException.class)
        .isThrownBy(() -> InvalidationPayload.read(payload));
  }
}
