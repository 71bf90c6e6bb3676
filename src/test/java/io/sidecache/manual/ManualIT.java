/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.manual;

import static org.assertj.core.api.Assertions.fail;

import io.sidecache.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The commands of each page, run from top to bottom against what the build made. */
final class ManualIT {
  private static TestPostgres server;

  @TempDir Path directory;

  @BeforeAll
  static void startServer() {
    server = TestPostgres.start();
    // Who owns the tables of the pages, and whom their applications and sidecars log in as.
    new TestPostgres.Database("127.0.0.1", server.port(), "postgres")
        .execute(
            "create role owner login superuser; create role app login;"
                + " grant pg_read_all_data to app");
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  static Stream<Page> pages() {
    return Page.manual().stream().filter(page -> page.blocks().stream().anyMatch(ManualIT::isRun));
  }

  private static boolean isRun(Block block) {
    return block.isRun()
        && !block.isClient()
        && List.of("console", "sh", "sql").contains(block.language());
  }

  @ParameterizedTest
  @MethodSource("pages")
  void commands_ofAPage_doAndPrintWhatItShows(Page page) throws Exception {
    try (Session session = new Session(server, directory)) {
      try {
        page.blocks().stream().filter(Block::isRun).forEach(block -> run(session, block));
        page.codes().stream()
            .filter(code -> code.startsWith("select ") && !code.contains("…"))
            .forEach(code -> session.sql(page + ": " + code, "begin; " + code + "; rollback;"));
      } catch (AssertionError e) {
        fail(e.getMessage() + "\n" + session.log(), e);
      }
    }
  }

  private static void run(Session session, Block block) {
    if (block.isClient()) {
      return; // io.sidecache.app.ReadmeClientsTest and io.sidecache.webhook.ReadmeReceiverTest
    }
    switch (block.language()) {
      case "console" -> Transcript.read(block).forEach(session::run);
      case "sh" -> session.script(block);
      case "sql" -> session.sql(block.place(), block.text());
      default -> {
        if (block.isConfiguration()) {
          session.configure(block.text());
        }
      }
    }
  }
}
