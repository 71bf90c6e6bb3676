/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.ConsistencyProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.TestPostgres;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Entries named with groups, and evicted by them. */
@QuarkusTest
@TestProfile(ConsistencyProfile.class)
final class GroupsTest {
  private static final String PLAIN = "/v1/caches/plain/entries/";
  private static final String LISTINGS = "/v1/caches/listings/entries/";
  private static final String FILL = "Sidecache-Fill";
  private static final String GROUPS = "Cache-Groups";

  private final TestPostgres.Database database = ArticleDatabase.database();

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  /** Waits until everything committed so far has been applied, attach's own events included. */
  private void applied() {
    String position = database.query("select pg_current_wal_insert_lsn()");
    Sidecar.get(PLAIN + "nothing", "Sidecache-After", position).assertProblem(404, "entry-absent");
  }

  private static void awaitGone(String path) {
    Sidecar.awaitGet(path, answer -> answer.assertProblem(404, "entry-absent"));
  }

  @Test
  void put_cacheGroups_comesBackWithTheEntry() {
    Sidecar.fill(PLAIN + "a", "x", GROUPS, "\"category-7\", \"a \\\"list\\\"\"", GROUPS, "\"c\"");

    Answer hit = Sidecar.get(PLAIN + "a").assertStatus(200);
    assertThat(hit.header(GROUPS)).isEqualTo("\"category-7\", \"a \\\"list\\\"\", \"c\"");
    assertThat(Sidecar.get(PLAIN + "a", "If-None-Match", hit.header("ETag")).header(GROUPS))
        .isEqualTo(hit.header(GROUPS));
    assertThat(Sidecar.head(PLAIN + "a").header(GROUPS)).isEqualTo(hit.header(GROUPS));

    Sidecar.fill(PLAIN + "none", "x");
    assertThat(Sidecar.get(PLAIN + "none").headers().firstValue(GROUPS)).isEmpty();
  }

  @Test
  void put_aliases_addUp() {
    Sidecar.fill(
        PLAIN + "b",
        "x",
        GROUPS,
        "\"one\"",
        "Surrogate-Key",
        "two  three,3",
        "xkey",
        "four, five six,",
        "xkey",
        "one",
        "Cache-Tag",
        "seven eight , nine,,");
    assertThat(Sidecar.get(PLAIN + "b").header(GROUPS))
        .isEqualTo(
            "\"one\", \"two\", \"three,3\", \"four\", \"five\", \"six\", \"seven eight\", \"nine\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "Cache-Groups  | canary             | list of strings",
        "Cache-Groups  | \"canary           | close each string",
        "Cache-Groups  | \"canary\",        | end with a comma",
        "Cache-Groups  | \"\"               | 1 to 512 bytes",
        "Cache-Groups  | \"\u00e4\"         | printable ASCII",
        "Surrogate-Key | \u00e4             | printable ASCII",
        "Cache-Tag     | a\u00e4            | printable ASCII"
      })
  void put_malformed_isRefusedWithTheRule(String field, String value, String rule) {
    String token = Sidecar.get(PLAIN + "c").token();
    Answer refused =
        Sidecar.parse(
            Sidecar.raw(
                "PUT "
                    + PLAIN
                    + "c HTTP/1.1\r\nHost: sidecache\r\nSidecache-Fill: "
                    + token
                    + "\r\nContent-Length: 1\r\n"
                    + field
                    + ": "
                    + value
                    + "\r\n\r\nx"));
    refused.assertProblem(400, "invalid-request");
    assertThat(refused.json().getString("detail")).startsWith(field).contains(rule);
    Sidecar.get(PLAIN + "c").assertProblem(404, "entry-absent");
  }

  @Test
  void put_numberAndLengthOfGroups_areBounded() {
    String token = Sidecar.get(PLAIN + "d").token();
    String most =
        IntStream.rangeClosed(1, GroupFields.MOST_GROUPS)
            .mapToObj(n -> "g" + n)
            .collect(Collectors.joining(" "));
    String longest = "n".repeat(GroupFields.MOST_NAME_BYTES);
    Answer many =
        Sidecar.put(PLAIN + "d", "x", FILL, token, "xkey", most + " one-more")
            .assertProblem(400, "invalid-request");
    assertThat(many.json().getString("detail")).contains("at most 64 groups");
    Sidecar.put(PLAIN + "d", "x", FILL, token, GROUPS, '"' + longest + "n\"")
        .assertProblem(400, "invalid-request");
    // A name that is repeated counts once.
    Sidecar.put(PLAIN + "d", "x", FILL, token, "xkey", most, "Surrogate-Key", most)
        .assertStatus(201);
    Sidecar.put(PLAIN + "d", "x", FILL, token, GROUPS, '"' + longest + '"').assertStatus(204);
    assertThat(Sidecar.get(PLAIN + "d").header(GROUPS)).isEqualTo('"' + longest + '"');
  }

  @Test
  void invalidateGroup_committed_evictsTheGroupAlone() {
    Sidecar.fill(PLAIN + "e", "x", GROUPS, "\"red\", \"round\"");
    Sidecar.fill(PLAIN + "f", "x", "Surrogate-Key", "red");
    Sidecar.fill(PLAIN + "g", "x", GROUPS, "\"blue\"");
    Sidecar.fill(PLAIN + "h", "x");

    database.execute("begin; select sidecache.invalidate_group('plain', 'blue'); rollback");
    database.execute("select sidecache.invalidate_group('plain', 'red', 'unheard of')");

    awaitGone(PLAIN + "e");
    awaitGone(PLAIN + "f");
    Sidecar.get(PLAIN + "g").assertStatus(200);
    Sidecar.get(PLAIN + "h").assertStatus(200);
  }

  @Test
  void put_groupInvalidatedAfterTheToken_isRefused() {
    String token = Sidecar.get(PLAIN + "i").token();
    String other = Sidecar.get(PLAIN + "j").token();
    Sidecar.fill(PLAIN + "k", "witness", GROUPS, "\"green\"");

    database.execute("select sidecache.invalidate_group('plain', 'green')");
    awaitGone(PLAIN + "k");

    Sidecar.put(PLAIN + "i", "old", FILL, token, GROUPS, "\"a\", \"green\"")
        .assertProblem(412, "fill-refused");
    Sidecar.get(PLAIN + "i").assertProblem(404, "entry-absent");
    Sidecar.put(PLAIN + "j", "good", FILL, other, GROUPS, "\"a\"").assertStatus(201);
    Sidecar.fill(PLAIN + "i", "new", GROUPS, "\"green\"");
  }

  @Test
  void attach_withGroups_evictsWhatIsFilledUnderThem() {
    database.execute(
        """
        create table goods (id bigint primary key, category text, name text);
        insert into goods values (1, 'fruit', 'apple'), (2, 'fruit', 'pear'), (3, 'tool', 'saw');
        select sidecache.attach('goods', cache => 'plain', groups => array['category-{category}']);
        """);
    applied();
    Sidecar.fill(PLAIN + "fruits", "apple, pear", GROUPS, "\"category-fruit\"");
    Sidecar.fill(PLAIN + "tools", "saw", GROUPS, "\"category-tool\"");

    database.execute("insert into goods values (4, 'fruit', 'plum')");

    awaitGone(PLAIN + "fruits");
    Sidecar.get(PLAIN + "tools").assertStatus(200);
    applied();
    Sidecar.fill(PLAIN + "fruits", "apple, pear, plum", GROUPS, "\"category-fruit\"");

    // Both the group that the row leaves and the one that it joins.
    database.execute("update goods set category = 'tool' where id = 4");
    awaitGone(PLAIN + "fruits");
    awaitGone(PLAIN + "tools");
  }

  @Test
  void load_groupsColumn_evictsWhatWasLoaded() {
    database.execute("update products set price = 7.5 where id in (20, 21)");
    assertThat(Sidecar.get(LISTINGS + "20").header(GROUPS)).isEqualTo("\"list\", \"of 7.50\"");
    Sidecar.get(LISTINGS + "21").assertStatus(200);
    Sidecar.get(LISTINGS + "22").assertStatus(200);
    assertThat(Sidecar.get(LISTINGS + "20").cacheStatus()).isEqualTo("sidecache; hit");

    database.execute(
        """
        update products set name = 'changed' where id in (20, 21);
        select sidecache.invalidate_group('listings', 'of 7.50');
        """);

    for (String id : new String[] {"20", "21"}) {
      await()
          .atMost(Sidecar.LIMIT)
          .untilAsserted(() -> assertThat(Sidecar.get(LISTINGS + id).text()).isEqualTo("changed"));
    }
    assertThat(Sidecar.get(LISTINGS + "22").cacheStatus()).isEqualTo("sidecache; hit");

    database.execute("select sidecache.invalidate_group('listings', 'list')");
    Sidecar.awaitGet(
        LISTINGS + "22",
        answer -> assertThat(answer.cacheStatus()).isEqualTo("sidecache; fwd=uri-miss; stored"));
  }
}
