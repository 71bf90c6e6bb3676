/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.ArticleProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.TestPostgres;
import java.math.BigDecimal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The article's loop: a row changes, and the value in memory is gone. */
@QuarkusTest
@TestProfile(ArticleProfile.class)
final class ProductsTest {
  private static final String ENTRIES = "/v1/caches/products/entries/";

  private final TestPostgres.Database database = ArticleDatabase.database();

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  @Test
  void get_rowReadBefore_isServedFromMemory() {
    Answer first = Sidecar.get(ENTRIES + "1").assertStatus(200);
    assertThat(first.cacheStatus()).isEqualTo("sidecache; fwd=uri-miss; stored");
    assertThat(first.header("Content-Type")).isEqualTo("application/json");
    assertThat(first.json().getString("name")).isEqualTo("product 1");

    Answer second = Sidecar.get(ENTRIES + "1").assertStatus(200);
    assertThat(second.cacheStatus()).isEqualTo("sidecache; hit");
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(second.header("ETag")).isEqualTo(first.header("ETag"));
    assertThat(second.header("Age")).matches("\\d+");
  }

  @Test
  void update_rowInMemory_isSeenByTheNextGet() {
    Sidecar.get(ENTRIES + "2").assertStatus(200);
    assertThat(Sidecar.get(ENTRIES + "2").cacheStatus()).isEqualTo("sidecache; hit");

    database.execute("update products set price = 99.90 where id = 2");

    Answer changed =
        Sidecar.awaitGet(
            ENTRIES + "2",
            answer ->
                assertThat(new BigDecimal(answer.json().getValue("price").toString()))
                    .isEqualByComparingTo("99.90"));
    assertThat(changed.status()).isEqualTo(200);
    assertThat(Sidecar.get(ENTRIES + "2").cacheStatus()).isEqualTo("sidecache; hit");
  }

  @Test
  void insert_absenceInMemory_isSeenByTheNextGet() {
    Answer absent = Sidecar.get(ENTRIES + "1001").assertProblem(404, "row-absent");
    assertThat(absent.headers().firstValue("Sidecache-Fill")).isEmpty();
    assertThat(absent.cacheStatus()).isEqualTo("sidecache; fwd=uri-miss; stored");
    Answer known = Sidecar.get(ENTRIES + "1001").assertProblem(404, "row-absent");
    assertThat(known.cacheStatus()).isEqualTo("sidecache; hit; detail=negative");

    database.execute("insert into products values (1001, 'new', 1)");

    Answer found = Sidecar.awaitGet(ENTRIES + "1001", answer -> answer.assertStatus(200));
    assertThat(found.json().getString("name")).isEqualTo("new");
  }

  @Test
  void delete_rowInMemory_isGoneForTheNextGet() {
    Sidecar.get(ENTRIES + "3").assertStatus(200);

    database.execute("delete from products where id = 3");

    Sidecar.awaitGet(ENTRIES + "3", answer -> answer.assertProblem(404, "row-absent"));
  }

  @Test
  void rollback_rowInMemory_staysThere() {
    Sidecar.get(ENTRIES + "4").assertStatus(200);
    Sidecar.get(ENTRIES + "5").assertStatus(200);

    // The second statement's notification is behind the first one's, were there one.
    database.execute("begin; update products set price = 0 where id = 4; rollback");
    database.execute("update products set price = 0 where id = 5");

    Sidecar.awaitGet(
        ENTRIES + "5", answer -> assertThat(answer.json().getDouble("price")).isZero());
    assertThat(Sidecar.get(ENTRIES + "4").cacheStatus()).isEqualTo("sidecache; hit");
  }

  @Test
  void ifNoneMatch_everyFormOfTheTag_isAnswered304WithoutContent() {
    String etag = Sidecar.get(ENTRIES + "6").header("ETag");
    assertThat(etag).matches("\"[0-9a-f]{16}\"");
    for (String field :
        new String[] {etag, "W/" + etag, "*", "\"other\", " + etag, etag + ",\"x\""}) {
      Answer answer = Sidecar.get(ENTRIES + "6", "If-None-Match", field).assertStatus(304);
      assertThat(answer.body().length()).as(field).isZero();
      assertThat(answer.header("ETag")).isEqualTo(etag);
      assertThat(answer.cacheStatus()).isEqualTo("sidecache; hit");
    }
  }

  @Test
  void ifNoneMatch_anotherTag_isAnsweredInFull() {
    Sidecar.get(ENTRIES + "6").assertStatus(200);
    for (String field : new String[] {"\"0000000000000000\"", "W/\"x\", \"y\"", ""}) {
      Answer answer = Sidecar.get(ENTRIES + "6", "If-None-Match", field).assertStatus(200);
      assertThat(answer.body().length()).as(field).isPositive();
    }
  }

  @Test
  void ifNoneMatch_rowChangedSince_isAnsweredInFullWithAnotherTag() {
    String etag = Sidecar.get(ENTRIES + "7").header("ETag");

    database.execute("update products set name = 'renamed' where id = 7");

    Answer changed =
        Sidecar.awaitGet(
            ENTRIES + "7",
            answer -> assertThat(answer.json().getString("name")).isEqualTo("renamed"));
    Answer answer = Sidecar.get(ENTRIES + "7", "If-None-Match", etag).assertStatus(200);
    assertThat(answer.header("ETag")).isEqualTo(changed.header("ETag")).isNotEqualTo(etag);
  }

  @Test
  void head_entry_hasTheFieldsOfGetAndNoContent() {
    Answer get = Sidecar.get(ENTRIES + "8").assertStatus(200);
    Answer head = Sidecar.head(ENTRIES + "8").assertStatus(200);
    assertThat(head.body().length()).isZero();
    for (String field : new String[] {"Content-Type", "Content-Length", "ETag"}) {
      assertThat(head.header(field)).as(field).isEqualTo(get.header(field)).isNotEmpty();
    }
    assertThat(head.cacheStatus()).isEqualTo("sidecache; hit");
    assertThat(Sidecar.head(ENTRIES + "8", "If-None-Match", get.header("ETag")).status())
        .isEqualTo(304);
  }

  @Test
  void head_rowNotInMemory_loadsIt() {
    Answer head = Sidecar.head(ENTRIES + "9").assertStatus(200);
    assertThat(head.cacheStatus()).isEqualTo("sidecache; fwd=uri-miss; stored");
    assertThat(Sidecar.get(ENTRIES + "9").cacheStatus()).isEqualTo("sidecache; hit");
  }

  @Test
  void head_rowAbsent_hasTheFieldsOfGetAndNoContent() {
    Answer get = Sidecar.get(ENTRIES + "1002").assertStatus(404);
    Answer head = Sidecar.head(ENTRIES + "1002").assertStatus(404);
    assertThat(head.body().length()).isZero();
    assertThat(head.header("Content-Type")).isEqualTo(get.header("Content-Type"));
    assertThat(head.header("Content-Length")).isEqualTo(get.header("Content-Length"));
  }

  @Test
  void cacheControl_noCache_readsAnewAndStores() {
    Sidecar.get(ENTRIES + "10").assertStatus(200);
    for (String field : new String[] {"no-cache", "NO-CACHE", "foo=bar , no-cache"}) {
      Answer answer = Sidecar.get(ENTRIES + "10", "Cache-Control", field).assertStatus(200);
      assertThat(answer.cacheStatus()).as(field).isEqualTo("sidecache; fwd=request; stored");
    }
    assertThat(Sidecar.get(ENTRIES + "10").cacheStatus()).isEqualTo("sidecache; hit");
  }

  @Test
  void cacheControl_maxAge_servesWhatIsYoungEnough() {
    Sidecar.get(ENTRIES + "11").assertStatus(200);
    assertThat(Sidecar.get(ENTRIES + "11", "Cache-Control", "max-age=3600").cacheStatus())
        .isEqualTo("sidecache; hit");
    // RFC 9111, section 1.2.2: too large a number counts as the largest.
    assertThat(
            Sidecar.get(ENTRIES + "11", "Cache-Control", "max-age=99999999999999999999")
                .cacheStatus())
        .isEqualTo("sidecache; hit");
  }

  @Test
  void cacheControl_maxAgeThatTheEntryHasOutlived_readsAnew() {
    Sidecar.get(ENTRIES + "12").assertStatus(200);
    Sidecar.awaitGet(
        ENTRIES + "12", answer -> assertThat(Integer.parseInt(answer.header("Age"))).isPositive());
    assertThat(Sidecar.get(ENTRIES + "12", "Cache-Control", "max-age=0").cacheStatus())
        .isEqualTo("sidecache; fwd=request; stored");
  }

  @Test
  void cacheControl_noStore_readsWithoutStoring() {
    Answer answer = Sidecar.get(ENTRIES + "13", "Cache-Control", "no-store").assertStatus(200);
    assertThat(answer.cacheStatus()).isEqualTo("sidecache; fwd=uri-miss");
    assertThat(Sidecar.get(ENTRIES + "13").cacheStatus())
        .isEqualTo("sidecache; fwd=uri-miss; stored");
  }

  @Test
  void cacheControl_onlyIfCached_neverReadsTheDatabase() {
    Answer missed =
        Sidecar.get(ENTRIES + "14", "Cache-Control", "only-if-cached")
            .assertProblem(504, "not-cached");
    assertThat(missed.cacheStatus()).isEqualTo("sidecache; fwd=uri-miss");
    Sidecar.get(ENTRIES + "14").assertStatus(200);
    Sidecar.get(ENTRIES + "14", "Cache-Control", "only-if-cached").assertStatus(200);
    assertThat(Sidecar.get(ENTRIES + "14", "Cache-Control", "only-if-cached, no-cache").status())
        .isEqualTo(504);
  }

  @Test
  void delete_entry_isGoneWhenItIsAnswered() {
    Sidecar.get(ENTRIES + "15").assertStatus(200);
    Sidecar.delete(ENTRIES + "15").assertStatus(204);
    assertThat(Sidecar.get(ENTRIES + "15").cacheStatus())
        .isEqualTo("sidecache; fwd=uri-miss; stored");
  }
}
