/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.TestPostgres.Database;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever the type of a key and however a client spells it: what a read-through cache has taken is
 * evicted when the row changes (docs/adr/0010).
 */
@QuarkusTest
@TestProfile(AttachedKeysProfile.class)
final class AttachedKeysTest {
  /**
   * A table's type of key and the type that the load casts to; a key in its one spelling, and
   * others that PostgreSQL takes for the same value.
   */
  enum Keys {
    BIGINT("bigint", "bigint", "42", "042", "+42", " 42"),
    UUID(
        "uuid",
        "uuid",
        "018f3c6e-7b0a-7cc2-98c4-dc0c0c07398f",
        "018F3C6E-7B0A-7CC2-98C4-DC0C0C07398F",
        "018f3c6e7b0a7cc298c4dc0c0c07398f"),
    TEXT("text", "text", " Ab ", "Ab"),
    VARCHAR("varchar(8)", "varchar(8)", "abcdefgh", "abcdefghi"),
    CHARACTER("char(8)", "char(8)", "ab", "ab ", "ab      "),
    CHARACTER_AS_TEXT("char(8)", "text", "ab", "ab      "),
    VARCHAR_AS_CHARACTER("varchar(8)", "char(8)", "ab", "ab "),
    NUMERIC("numeric(10,2)", "numeric", "1.5", "1.50", "01.5", "15e-1"),
    NUMERIC_SCALED("numeric(10,2)", "numeric(10,2)", "1.5", "1.50", "1.500", "1.499999"),
    NUMERIC_FREE("numeric", "numeric", "100", "100.00", "1e2"),
    NUMERIC_AS_BIGINT("numeric(10,2)", "bigint", "7", "7.00", "07"),
    TIMESTAMPTZ(
        "timestamptz",
        "timestamptz",
        "2026-03-01 10:00:00+00",
        "2026-03-01 12:00:00+02",
        "2026-03-01T10:00:00Z",
        "2026-03-01 10:00:00.0+00"),
    TIMESTAMPTZ_SCALED(
        "timestamptz(3)",
        "timestamp(3) with time zone",
        "2026-03-01 10:00:00.12+00",
        "2026-03-01 10:00:00.1200+00",
        "2026-03-01 10:00:00.12004+00"),
    TIMESTAMP(
        "timestamp",
        "timestamp",
        "2026-03-01 10:00:00.5",
        "2026-03-01T10:00:00.5",
        "2026-03-01 10:00:00.500"),
    TIMESTAMPTZ_AS_TIMESTAMP("timestamptz", "timestamp", null, "2026-03-01 10:00:00"),
    TIMESTAMP_AS_TIMESTAMPTZ("timestamp", "timestamptz", null, "2026-03-01 10:00:00+00"),
    DATE("date", "date", "2026-03-01", "20260301", "2026-3-1", "2026-03-01 00:00:00"),
    DATE_AS_TIMESTAMP("date", "timestamp", "2026-03-01 00:00:00", "2026-03-01"),
    BOOLEAN("boolean", "boolean", "true", "t", "yes", "TRUE"),
    BYTEA("bytea", "bytea", "\\xdead", "\\xDEAD", "\\336\\255");

    private final String column;
    private final String parameter;
    private final String key;
    private final String others;

    Keys(String column, String parameter, @Nullable String key, String... others) {
      this.column = column;
      this.parameter = parameter;
      this.key = key == null ? others[0] : key;
      this.others = String.join("\n", others);
    }

    List<String> others() {
      return List.of(others.split("\n", -1));
    }

    String parameter() {
      return parameter;
    }

    String table() {
      return "of_" + name().toLowerCase(Locale.ROOT);
    }

    String attached() {
      return table() + "-attached";
    }

    String triggered() {
      return table() + "-triggered";
    }

    /** Whether PostgreSQL compares in the session's time zone, which is the JVM's. */
    boolean isOfTheSessionsZone() {
      return this == TIMESTAMPTZ_AS_TIMESTAMP || this == TIMESTAMP_AS_TIMESTAMPTZ;
    }

    /** Whether both are of one type, so that a change can name the entry. */
    boolean isExact() {
      return column.replaceAll("\\(.*", "").equals(parameter.replaceAll("[ (].*", ""))
          || this == TIMESTAMPTZ_SCALED;
    }
  }

  private final Database database = ArticleDatabase.database();

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  private void install() throws IOException {
    if (database.query("select to_regclass('sidecache.invalidation')") == null) {
      try (InputStream script =
          AttachedKeysTest.class.getResourceAsStream("/db/sidecache/V1__sidecache.sql")) {
        database.execute(
            new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8));
      }
    }
  }

  private void create(Keys keys) {
    database.execute(
        """
        create table %1$s (k %2$s primary key, v text);
        insert into %1$s values ('%3$s', 'old');
        select sidecache.attach('%1$s', '%4$s');
        create function tell_%1$s() returns trigger language plpgsql
          set timezone = 'Asia/Tokyo' set bytea_output = 'escape' as
          'begin perform pg_notify(tg_argv[0], new.k::text); return null; end';
        create trigger tell after insert or update on %1$s
          for each row execute function tell_%1$s('%5$s');
        """
            .formatted(keys.table(), keys.column, keys.key, keys.attached(), keys.triggered()));
  }

  private static String path(String cache, String key) {
    return "/v1/caches/"
        + cache
        + "/entries/"
        + URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @ParameterizedTest
  @EnumSource
  void row_isUpdated_noSpellingOfItsKeyStaysStale(Keys keys) throws IOException {
    install();
    create(keys);
    List<String> taken = new ArrayList<>();
    for (String cache : List.of(keys.attached(), keys.triggered())) {
      List<String> spellings = new ArrayList<>(keys.others());
      spellings.addFirst(keys.key);
      for (String spelling : spellings) {
        Answer answer = Sidecar.get(path(cache, spelling));
        if (answer.status() == 200) {
          taken.add(path(cache, spelling));
        } else {
          assertThat(answer.status()).as(spelling).isIn(400, 404);
        }
      }
    }
    if (!keys.isOfTheSessionsZone()) {
      assertThat(taken).contains(path(keys.attached(), keys.key), path(keys.triggered(), keys.key));
    }

    database.execute("update " + keys.table() + " set v = 'new'");

    for (String path : taken) {
      Sidecar.awaitGet(path, answer -> assertThat(answer.text()).as(path).isEqualTo("new"));
    }
    if (keys.isExact()) {
      assertThat(Sidecar.figures(keys.attached()).encode()).contains("\"rejectedPayload\":0");
    }
  }
}
