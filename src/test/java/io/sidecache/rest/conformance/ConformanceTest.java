/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.ConformanceProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.testing.FaultProxy.Mode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every clause of the contract of the HTTP interface, as one case each. */
@QuarkusTest
@TestProfile(ConformanceProfile.class)
final class ConformanceTest {
  private static final Table TABLE = new Table();
  private static final Map<String, Clause> CLAUSES = clauses();

  private static Map<String, Clause> clauses() {
    Map<String, Clause> clauses = new LinkedHashMap<>();
    Stream.of(
            GeneralClauses.all(),
            ReadClauses.all(),
            KeyClauses.all(),
            FillClauses.all(),
            DeleteClauses.all(),
            BulkClauses.all(),
            DirectiveClauses.all(),
            EventClauses.all(),
            WebhookOutClauses.all(),
            WebhookInClauses.all(),
            GapClauses.all())
        .flatMap(List::stream)
        .forEach(
            clause -> {
              if (clauses.put(clause.name(), clause) != null) {
                throw new IllegalStateException("two clauses are named " + clause.name());
              }
            });
    return clauses;
  }

  static Stream<String> names() {
    return CLAUSES.keySet().stream();
  }

  @BeforeEach
  void ready() {
    ArticleDatabase.listenerProxy().setMode(Mode.PASS);
    ArticleDatabase.poolProxy().setMode(Mode.PASS);
    Sidecar.awaitFresh();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("names")
  void clause(String name) throws Exception {
    Clause clause = CLAUSES.get(name);
    assertThat(clause).as(name).isNotNull();
    if (clause != null) {
      TABLE.run(clause);
    }
  }

  @AfterAll
  static void print() throws Exception {
    TABLE.write(Path.of("target", "conformance.md"));
    System.out.println(TABLE.markdown());
  }
}
