/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PayloadDecoderTest {
  private static final KeyPayload KEY = new KeyPayload();

  static Stream<String> keys() {
    return Stream.of(
        "42",
        " ",
        "a/b?c#d%20",
        "{\"id\":1}",
        "\u00e9\u20ac",
        "\uD83D\uDE00",
        "a".repeat(512),
        "\u00e9".repeat(256),
        "\uD83D\uDE00".repeat(128));
  }

  @ParameterizedTest
  @MethodSource("keys")
  void keyPayload_readable_isTheKey(String payload) throws Exception {
    assertThat(KEY.key(payload)).isEqualTo(payload);
    assertThat(payload.getBytes(StandardCharsets.UTF_8).length).isBetween(1, 512);
  }

  static Stream<Arguments> badKeys() {
    return Stream.of(
        Arguments.of("", "empty"),
        Arguments.of("a\0b", "NUL"),
        Arguments.of("a\uD800", "surrogate"),
        Arguments.of("\uD800a", "surrogate"),
        Arguments.of("\uDC00", "surrogate"),
        Arguments.of("\uDC00\uD800", "surrogate"),
        Arguments.of("secret".repeat(86).substring(0, 513), "513"),
        Arguments.of("\u00e9".repeat(256) + "x", "513"),
        Arguments.of("\uD83D\uDE00".repeat(128) + "x", "513"));
  }

  @ParameterizedTest
  @MethodSource("badKeys")
  void keyPayload_unreadable_namesTheRuleAndNotTheContent(String payload, String rule) {
    assertThatExceptionOfType(UnreadablePayloadException.class)
        .isThrownBy(() -> KEY.key(payload))
        .satisfies(e -> assertThat(e.reason()).contains(rule).doesNotContain("secret"));
  }

  static Stream<Arguments> jsonKeys() {
    return Stream.of(
        Arguments.of("{\"id\":42}", List.of("/id"), "42"),
        Arguments.of("{\"id\":42.0}", List.of("/id"), "42.0"),
        Arguments.of("{\"id\":1e2}", List.of("/id"), "1e2"),
        Arguments.of("{\"id\":-0}", List.of("/id"), "-0"),
        Arguments.of(
            "{\"id\":123456789012345678901234567890}",
            List.of("/id"),
            "123456789012345678901234567890"),
        Arguments.of("{\"id\":true}", List.of("/id"), "true"),
        Arguments.of("{\"id\":\"\\u00e9\"}", List.of("/id"), "\u00e9"),
        Arguments.of("42", List.of(""), "42"),
        Arguments.of("\"x\"", List.of(""), "x"),
        Arguments.of(" {\"id\" : 1 } ", List.of("/id"), "1"),
        Arguments.of("{\"a/b\":1}", List.of("/a~1b"), "1"),
        Arguments.of("{\"a~b\":1}", List.of("/a~0b"), "1"),
        Arguments.of("{\"~1\":1,\"/\":2}", List.of("/~01"), "1"),
        Arguments.of("{\"\":7}", List.of("/"), "7"),
        Arguments.of("{\"0\":7}", List.of("/0"), "7"),
        Arguments.of("[5,6,7]", List.of("/1"), "6"),
        Arguments.of("{\"r\":[{\"id\":1},{\"id\":2}]}", List.of("/r/1/id"), "2"),
        Arguments.of("{\"skip\":{\"id\":[9]},\"id\":1}", List.of("/id"), "1"),
        Arguments.of("{\"tenant\":7,\"id\":42}", List.of("/tenant", "/id"), "[\"7\",\"42\"]"),
        Arguments.of("{\"id\":42,\"tenant\":7}", List.of("/tenant", "/id"), "[\"7\",\"42\"]"),
        Arguments.of("{\"id\":42}", List.of("/id", "/id"), "[\"42\",\"42\"]"),
        Arguments.of("{\"a\":\"\",\"b\":\"\"}", List.of("/a", "/b"), "[\"\",\"\"]"),
        Arguments.of(
            "{\"a\":\"q\\\"\\\\\\n\\u0001/\",\"b\":\"\u00e9\"}",
            List.of("/a", "/b"),
            "[\"q\\\"\\\\\\n\\u0001/\",\"\u00e9\"]"));
  }

  @ParameterizedTest
  @MethodSource("jsonKeys")
  void jsonPayload_readable_givesTheScalarsText(
      String payload, List<String> pointers, String expected) throws Exception {
    assertThat(new JsonPayload(pointers).key(payload)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "secret",
        "{\"id\":1} {\"id\":2}",
        "{\"id\":1} x",
        "{\"id\":1,\"id\":2}",
        "{\"id\":1,\"x\":{\"y\":1,\"y\":2}}",
        "{\"id\":1,}",
        "{\"id\":1",
        "{'id':1}",
        "{id:1}",
        "{\"id\":01}",
        "{\"id\":NaN}",
        "// secret\n{\"id\":1}",
        "{\"id\":null}",
        "{\"id\":{}}",
        "{\"id\":[1]}",
        "{\"ID\":1}",
        "[1]",
        "null",
        "{\"id\":\"\"}",
        "{\"id\":\"\\u0000\"}",
        "{\"id\":\"\\ud800\"}",
        "{\"id\":\"a\nb\"}"
      })
  void jsonPayload_unreadable_isToldWithoutContent(String payload) {
    assertThatExceptionOfType(UnreadablePayloadException.class)
        .isThrownBy(() -> new JsonPayload(List.of("/id")).key(payload))
        .satisfies(
            e -> {
              assertThat(e.reason()).isNotEmpty().doesNotContain("secret");
              assertThat(e).hasNoCause();
            });
  }

  @Test
  void jsonPayload_oneOfSeveralMissing_isUnreadable() {
    assertThatExceptionOfType(UnreadablePayloadException.class)
        .isThrownBy(() -> new JsonPayload(List.of("/a", "/b")).key("{\"a\":1}"))
        .withMessage("there is no scalar at /b");
  }

  @Test
  void jsonPayload_deeplyNested_isUnreadable() {
    assertThatExceptionOfType(UnreadablePayloadException.class)
        .isThrownBy(() -> new JsonPayload(List.of("/id")).key("[".repeat(3000) + "]".repeat(3000)));
  }

  @Test
  void jsonPayload_keyOver512Bytes_isUnreadable() {
    assertThatExceptionOfType(UnreadablePayloadException.class)
        .isThrownBy(
            () -> new JsonPayload(List.of("/id")).key("{\"id\":\"" + "a".repeat(513) + "\"}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"id", "~", "/a~", "/a~2", "/~x"})
  void jsonPayload_badPointer_isRefused(String pointer) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new JsonPayload(List.of(pointer)))
        .withMessageContaining(pointer);
  }

  @Test
  void jsonPayload_noPointer_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new JsonPayload(List.of()));
  }

  @Test
  void channelBinding_badName_isRefused() {
    assertThat(new ChannelBinding("\u00e9".repeat(31) + "x", "c", KEY).channel()).hasSize(32);
    for (String name :
        List.of("", "x".repeat(64), "\u00e9".repeat(32), "a\0", "sidecache_heartbeat")) {
      assertThatIllegalArgumentException().isThrownBy(() -> new ChannelBinding(name, "c", KEY));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> new ChannelBinding("a", "", KEY));
  }
}
