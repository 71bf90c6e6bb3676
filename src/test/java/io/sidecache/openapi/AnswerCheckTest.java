/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What compares answers with the description finds what differs. */
final class AnswerCheckTest {
  private static final String ENTRY = "/v1/caches/orders/entries/1";
  private static final String PROBLEM = "application/problem+json";
  private static final String REFUSED =
      "{\"type\":\"urn:sidecache:fill-refused\",\"title\":\"t\",\"status\":412,\"detail\":\"d\"}";

  private static List<String> put(int status, String body, String... fields) {
    return violations("PUT", ENTRY, status, body, fields);
  }

  private static List<String> violations(
      String method, String path, int status, String body, String... fields) {
    Map<String, List<String>> headers = new HashMap<>();
    for (int i = 0; i < fields.length; i += 2) {
      headers.put(fields[i], List.of(fields[i + 1]));
    }
    return AnswerCheck.violations(
        method, path, status, HttpHeaders.of(headers, (name, value) -> true), body);
  }

  @Test
  void answer_thatIsDescribed_isFine() {
    assertThat(put(412, REFUSED, "Content-Type", PROBLEM, "Cache-Status", "sidecache")).isEmpty();
    assertThat(put(201, "", "Cache-Status", "sidecache; stored")).isEmpty();
  }

  @Test
  void answer_thatIsNotDescribed_isFound() {
    assertThat(put(418, "")).as("status").isNotEmpty();
    assertThat(put(412, REFUSED, "Content-Type", "application/json")).as("type").isNotEmpty();
    assertThat(put(412, REFUSED.replace("refused", "x"), "Content-Type", PROBLEM)).isNotEmpty();
    assertThat(put(412, REFUSED.replace("fill-refused", "internal"), "Content-Type", PROBLEM))
        .as("a problem of another status")
        .isNotEmpty();
    assertThat(put(412, REFUSED.replace("412", "413"), "Content-Type", PROBLEM)).isNotEmpty();
    assertThat(put(412, REFUSED.replace("}", ",\"more\":1}"), "Content-Type", PROBLEM))
        .isNotEmpty();
    assertThat(put(201, "")).as("Cache-Status is missing").isNotEmpty();
    assertThat(put(201, "", "Cache-Status", "other; hit")).isNotEmpty();
    assertThat(put(201, "", "Cache-Status", "sidecache", "X-New", "1")).isNotEmpty();
    assertThat(put(201, "content", "Cache-Status", "sidecache")).isNotEmpty();
    assertThat(violations("GET", "/v1/new", 200, "{}", "Content-Type", "application/json"))
        .isNotEmpty();
    assertThat(violations("GET", "/v1/caches", 200, "{}", "Content-Type", "application/json"))
        .isNotEmpty();
    String allowed = REFUSED.replace("fill-refused", "method-not-allowed").replace("412", "405");
    assertThat(violations("PATCH", ENTRY, 405, allowed, "Content-Type", PROBLEM, "Allow", "GET"))
        .isNotEmpty();
  }
}
