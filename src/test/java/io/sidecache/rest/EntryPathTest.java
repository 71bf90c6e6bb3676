/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EntryPathTest {
  private static EntryPath entry(String segment) {
    return EntryPath.parse("/v1/caches/products/entries/" + segment);
  }

  @ParameterizedTest
  @CsvSource({
    "42,42",
    "a%2Fb,a/b",
    "%2E%2E,..",
    "..,..",
    "%25,%",
    "a+b,a+b",
    "%F0%9F%98%80,\uD83D\uDE00",
    "%5B%227%22,[\"7\""
  })
  void parse_encodedKey_isDecodedOnce(String segment, String key) {
    assertThat(entry(segment)).isEqualTo(new EntryPath.OneEntry("products", key));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "%",
        "%4",
        "%zz",
        "%+1",
        "%00",
        "%ff",
        "%C0%80",
        "%ED%A0%80",
        "a/b",
        "ü",
        "a b"
      })
  void parse_malformedKey_isToldApart(String segment) {
    assertThat(entry(segment)).isInstanceOf(EntryPath.Malformed.class);
  }

  @Test
  void parse_keyOf512Bytes_isTheLongest() {
    assertThat(entry("x".repeat(512))).isInstanceOf(EntryPath.OneEntry.class);
    assertThat(entry("x".repeat(513))).isInstanceOf(EntryPath.Malformed.class);
    assertThat(entry("%C3%BC".repeat(256))).isInstanceOf(EntryPath.OneEntry.class);
    assertThat(entry("%C3%BC".repeat(256) + "x")).isInstanceOf(EntryPath.Malformed.class);
  }

  @Test
  void parse_otherPaths_areLeftToTheRouter() {
    assertThat(EntryPath.parse("/v1/caches/products/entries"))
        .isEqualTo(new EntryPath.AllEntries("products"));
    assertThat(EntryPath.parse("/v1/caches")).isInstanceOf(EntryPath.Other.class);
    assertThat(EntryPath.parse("/v1/caches/products")).isInstanceOf(EntryPath.Other.class);
    assertThat(EntryPath.parse("/v1/caches/products/entriesX")).isInstanceOf(EntryPath.Other.class);
    assertThat(EntryPath.parse("/v1/caches/products/invalidations"))
        .isEqualTo(new EntryPath.Invalidations("products"));
    assertThat(EntryPath.parse("/v1/caches/products/invalidations/"))
        .isInstanceOf(EntryPath.Other.class);
    assertThat(EntryPath.parse("/")).isInstanceOf(EntryPath.Other.class);
  }

  @Test
  void deltaSeconds_oddTexts_takeTheCarefulSide() {
    assertThat(RequestDirectives.deltaSeconds("60")).isEqualTo(60);
    assertThat(RequestDirectives.deltaSeconds("\"60\"")).isEqualTo(60);
    assertThat(RequestDirectives.deltaSeconds("99999999999999999999")).isEqualTo(Integer.MAX_VALUE);
    assertThat(RequestDirectives.deltaSeconds("-1")).isZero();
    assertThat(RequestDirectives.deltaSeconds("soon")).isZero();
    assertThat(RequestDirectives.parse("max-age=10, no-cache"))
        .isEqualTo(
            new RequestDirectives(
                true, false, false, OptionalLong.of(10), OptionalLong.empty(), 0));
  }
}
