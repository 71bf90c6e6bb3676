/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import static io.sidecache.rest.conformance.Calls.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** {@code {key}}. */
final class KeyClauses {
  private static final String ROW = "{key}";
  private static final String PLAIN = "/v1/caches/plain/entries/";

  private KeyClauses() {}

  static List<Clause> all() {
    return List.of(
        new Clause(
            ROW, "anything may be in it: every kind of character of Unicode", KeyClauses::kinds),
        new Clause(ROW, "every byte that UTF-8 has may be in it", KeyClauses::bytes),
        new Clause(
            ROW,
            "/ as %2F, % as %25, + as itself",
            () -> {
              Sidecar.fill(PLAIN + "a%2Fb%25c+d", "x");
              assertThat(Sidecar.get(entry("plain", "a/b%c+d")).assertStatus(200).text())
                  .isEqualTo("x");
              Sidecar.get(PLAIN + "a/b%25c+d").assertProblem(400, "invalid-key");
            }),
        new Clause(
            ROW,
            "dot segments are keys",
            () -> {
              for (String key : List.of("%2E", "%2E%2E", "%2e%2E")) {
                Sidecar.put("/v1/caches/unfenced/entries/" + key, key);
                assertThat(Sidecar.rawGet("/v1/caches/unfenced/entries/" + key).text())
                    .isEqualTo(key);
              }
            }),
        new Clause(
            ROW,
            "1 to 512 bytes after decoding",
            () -> {
              Sidecar.fill(PLAIN + "x", "x");
              Sidecar.fill(PLAIN + "%F0%9F%90%98".repeat(128), "x");
              Sidecar.get(PLAIN).assertProblem(400, "invalid-key");
              Sidecar.get(PLAIN + "x".repeat(513)).assertProblem(400, "invalid-key");
              Sidecar.get(PLAIN + "%F0%9F%90%98".repeat(128) + "x")
                  .assertProblem(400, "invalid-key");
            }),
        new Clause(
            ROW,
            "what is not UTF-8 is refused: overlong, surrogates, cut off, too large",
            () -> {
              for (String key :
                  List.of(
                      "%C0%80",
                      "%C0%AF",
                      "%E0%80%AF",
                      "%F0%80%80%AF",
                      "%ED%A0%80",
                      "%ED%BF%BF",
                      "%C3",
                      "%E2%82",
                      "%F0%9F%90",
                      "%80",
                      "%FE",
                      "%FF",
                      "%F4%90%80%80",
                      "%C3%28")) {
                Sidecar.get(PLAIN + key).assertProblem(400, "invalid-key");
              }
            }),
        new Clause(
            ROW,
            "NUL is refused, since no change in PostgreSQL could ever name it",
            () -> {
              Sidecar.get(PLAIN + "a%00b").assertProblem(400, "invalid-key");
              Sidecar.put("/v1/caches/unfenced/entries/%00", "x").assertProblem(400, "invalid-key");
            }),
        new Clause(
            ROW,
            "of several parts, it is one key however its JSON array is written",
            () -> {
              String order = "[\"71\",\"2\"]";
              for (String given : List.of(order, "[71,2]", "[71, \"2\"]")) {
                Sidecar.fill(entry("orders", given), given);
                assertThat(Sidecar.get(entry("orders", order)).assertStatus(200).text())
                    .isEqualTo(given);
                Answer many = Calls.bulkGet("orders", List.of(given)).assertStatus(200);
                assertThat(many.json().getJsonObject("entries").fieldNames())
                    .containsExactly(given);
                Calls.database()
                    .execute("select pg_notify('orders_changed', '{\"tenant\":71,\"id\":2}')");
                Sidecar.awaitGet(
                    entry("orders", given), answer -> answer.assertProblem(404, "entry-absent"));
              }
              for (String other : List.of("[71]", "[71,2,3]", "[71,null]", "[71,[2]]", "[71,2")) {
                Sidecar.fill(entry("orders", other), other);
                assertThat(Sidecar.get(entry("orders", other)).assertStatus(200).text())
                    .isEqualTo(other);
              }
            }),
        new Clause(
            ROW,
            "what is not percent-encoded is refused",
            () -> {
              for (String key : List.of("%zz", "%4", "%", "%%41", "\u00e4", "a\u007fb")) {
                Sidecar.rawGet(PLAIN + key).assertProblem(400, "invalid-key");
              }
            }));
  }

  /** The first and the last assigned character of each general category, and odd ones. */
  private static void kinds() {
    int[] first = new int[31];
    int[] last = new int[31];
    for (int point = 1; point <= Character.MAX_CODE_POINT; point++) {
      int type = Character.getType(point);
      if (type != Character.SURROGATE) {
        first[type] = first[type] == 0 ? point : first[type];
        last[type] = point;
      }
    }
    List<String> keys = new ArrayList<>();
    for (int type = 0; type < first.length; type++) {
      if (first[type] > 0) {
        keys.add("kind" + Character.toString(first[type]));
        keys.add(Character.toString(last[type]) + "kind");
      }
    }
    keys.addAll(
        List.of(
            "a\u0308", "\u00e4", "e\u0301\u0323", "\ud83d\udc18", "\uffff", "\ufdd0", "\u202e"));
    for (String key : keys) {
      Sidecar.put(entry("unfenced", key), key).assertStatus(201);
    }
    for (String key : keys) {
      Answer answer = Sidecar.get(entry("unfenced", key)).assertStatus(200);
      assertThat(answer.text()).isEqualTo(key);
    }
    Answer many = Calls.bulkGet("unfenced", keys).assertStatus(200);
    assertThat(many.json().getJsonObject("entries").fieldNames()).containsAll(keys);
    // And by way of PostgreSQL.
    Sidecar.delete(entry("unfenced", keys.getLast())).assertStatus(204);
    Sidecar.get(entry("unfenced", keys.getLast())).assertStatus(404);
    String rest = Calls.keys(keys);
    assertThat(Calls.evict("unfenced", rest).assertStatus(200).json().getInteger("keys"))
        .isEqualTo(keys.size());
    for (String key : keys) {
      Sidecar.get(entry("unfenced", key)).assertStatus(404);
    }
  }

  /** All of 01 to 7F, 80 to BF behind a leading byte, C2 to F4 as one. */
  private static void bytes() {
    boolean[] seen = new boolean[256];
    for (int from = 1; from <= Character.MAX_CODE_POINT; ) {
      StringBuilder key = new StringBuilder();
      int length = 0;
      for (; from <= Character.MAX_CODE_POINT && length < 500; from += from < 0x800 ? 1 : 4091) {
        if (Character.getType(from) != Character.SURROGATE) {
          key.appendCodePoint(from);
          length += Character.toString(from).getBytes(StandardCharsets.UTF_8).length;
        }
      }
      for (byte octet : key.toString().getBytes(StandardCharsets.UTF_8)) {
        seen[octet & 0xFF] = true;
      }
      Sidecar.fill(entry("plain", key.toString()), "x");
      Sidecar.get(entry("plain", key.toString())).assertStatus(200);
      Sidecar.delete(entry("plain", key.toString())).assertStatus(204);
      Sidecar.get(entry("plain", key.toString())).assertStatus(404);
    }
    for (int octet = 1; octet < 256; octet++) {
      boolean legal = octet != 0xC0 && octet != 0xC1 && octet < 0xF5;
      assertThat(seen[octet]).as("octet %02X", octet).isEqualTo(legal);
    }
  }
}
