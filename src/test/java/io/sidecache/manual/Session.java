/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.manual;

import io.sidecache.app.Artefact;
import io.sidecache.testing.SidecacheSchema;
import io.sidecache.testing.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a reader of one page has before him: the database of the development mode, a second one
 * {@code shop} without our schema, a sidecar, and a shell. The addresses that a page names lead to
 * these.
 */
final class Session implements AutoCloseable {
  /** How long what a page shows may take to come about. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** What the pages name of the project. */
  private static final List<String> LINKED = List.of("target", "k8s", "src", "docs");

  private static final String PROGRAM = "java -jar target/quarkus-app/quarkus-run.jar";

  private final Artefact artefact = Artefact.built();
  private final Path directory;
  private final TestPostgres.Database database;
  private final int api = freePort();
  private final int management = freePort();
  private final Map<String, String> variables = new HashMap<>();
  private final Map<String, String> addresses = new LinkedHashMap<>();
  private final Shell shell;
  private final Program sidecar;

  Session(TestPostgres server, Path directory) throws IOException {
    this.directory = directory;
    database = database(server, "manual");
    // Not by the sidecar, which begins to listen meanwhile where that takes long, and then sees the
    // schema appear, which is a gap.
    SidecacheSchema.install(database);
    TestPostgres.Database shop = database(server, "shop");
    for (String one : LINKED) {
      Files.createSymbolicLink(directory.resolve(one), Path.of(one).toAbsolutePath());
    }
    Files.createDirectory(directory.resolve("config"));
    write(
        config("application.properties"),
        sidecacheOf(Path.of("src/main/resources/application-dev.properties")));
    addresses.put("127.0.0.1:54320/postgres", address(database));
    addresses.put("db:5432/shop", address(shop));
    addresses.put("127.0.0.1:8080", "127.0.0.1:" + api);
    addresses.put("localhost:8080", "localhost:" + api);
    addresses.put("127.0.0.1:9000", "127.0.0.1:" + management);
    addresses.put("localhost:9000", "localhost:" + management);
    variables.put("QUARKUS_HTTP_PORT", Integer.toString(api));
    variables.put("QUARKUS_MANAGEMENT_HOST", "127.0.0.1");
    variables.put("QUARKUS_MANAGEMENT_PORT", Integer.toString(management));
    // A busy machine must not look like a lost connection where no page breaks one.
    variables.put("SIDECACHE_LISTENER_HEARTBEAT_TIMEOUT", "20s");
    // For commands that do one thing with the settings of the sidecar, and end.
    variables.put("QUARKUS_DATASOURCE_JDBC_URL", "jdbc:postgresql://" + address(database));
    variables.put("QUARKUS_DATASOURCE_USERNAME", TestPostgres.Database.USER);
    variables.put("PGCONNECT_TIMEOUT", "10");
    // What the person who runs the tests has set up for curl and psql is not what a page shows.
    variables.put("HOME", directory.toString());
    variables.put("PSQLRC", "/dev/null");
    variables.put("LC_ALL", "C.UTF-8");
    variables.put("no_proxy", "127.0.0.1,localhost");
    variables.put(
        "PATH", Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH"));
    shell = new Shell(directory, variables);
    sidecar = new Program(shell, directory, management);
    sidecar.start(real(PROGRAM));
  }

  private static TestPostgres.Database database(TestPostgres server, String name)
      throws IOException {
    TestPostgres.Database database = server.createDatabase(name);
    for (String script : List.of("products.sql", "orders.sql")) {
      database.execute(Files.readString(Path.of("src/main/resources/dev", script)));
    }
    return database;
  }

  private static String address(TestPostgres.Database database) {
    return database.host() + ":" + database.port() + "/" + database.name();
  }

  /** Quarkus's own settings for the development mode are not the reader's. */
  private static String sidecacheOf(Path properties) throws IOException {
    return Files.readAllLines(properties).stream()
        .filter(line -> line.startsWith("sidecache."))
        .collect(Collectors.joining("\n"));
  }

  private Path config(String file) {
    return directory.resolve("config").resolve(file);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Puts a file of settings where the next start finds it. */
  void configure(String yaml) {
    write(config("application.properties"), "");
    write(config("application.yaml"), yaml);
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a command and gives what it printed; what reads is repeated until it is as shown. */
  void run(Transcript.Step step) {
    String command = Transcript.oneLine(step.command());
    if (command.endsWith(PROGRAM)) {
      sidecar.end();
      sidecar.start(real(command));
      return;
    }
    long end = System.nanoTime() + PATIENCE.toNanos();
    Shell.Ran first = shell.run(real(step.command()), printed -> shows(step, printed), wait(step));
    Shell.Ran ran = first;
    while (!shows(step, ran.output()) && isRead(command) && System.nanoTime() < end) {
      ran = shell.run(real(step.command()), _ -> true, Duration.ZERO);
    }
    if (!shows(step, ran.output())) {
      throw new AssertionError(
          step.place()
              + "\n$ "
              + step.command()
              + "\nshown:\n"
              + String.join("\n", step.output())
              + "\nprinted:\n"
              + String.join("\n", first.output().stream().map(this::asWritten).toList()));
    }
  }

  /** Only what goes on in the background may print later. */
  private static Duration wait(Transcript.Step step) {
    return isRead(Transcript.oneLine(step.command())) ? Duration.ZERO : PATIENCE;
  }

  /** Whether it asks and changes nothing. */
  private static boolean isRead(String command) {
    return command.startsWith("curl ")
        && !command.endsWith("&")
        && !command.matches(".*curl[^|]* (-X|-d|--data\\S*|-T|-N)\\b.*");
  }

  private boolean shows(Transcript.Step step, List<String> printed) {
    return Output.matches(step.output(), printed.stream().map(this::asWritten).toList());
  }

  /** Runs lines that must succeed; where the last of them starts the program, it goes on. */
  void script(Block block) {
    List<String> lines = block.lines();
    int last = lines.size() - 1;
    while (last > 0 && lines.get(last - 1).endsWith("\\")) {
      last--;
    }
    String command = String.join("\n", lines.subList(last, lines.size()));
    boolean starts = Transcript.oneLine(command).endsWith(PROGRAM);
    String before = String.join("\n", lines.subList(0, starts ? last : lines.size()));
    // Variables stay for the blocks that follow; the first failure is remembered, and ends nothing.
    String guarded =
        "failed=; trap 'failed=${failed:-$?}' ERR\n"
            + real(before)
            + "\ntrap - ERR; (exit ${failed:-0})";
    Shell.Ran ran = shell.run(guarded, _ -> true, Duration.ZERO);
    if (ran.exitCode() != 0) {
      throw new AssertionError(
          block.place() + " ended with " + ran.exitCode() + "\n" + String.join("\n", ran.output()));
    }
    if (starts) {
      sidecar.end();
      sidecar.start(real(command));
    }
  }

  /** Runs SQL in the database of the development mode. */
  void sql(String place, String sql) {
    Path file = directory.resolve("page.sql");
    write(file, sql);
    Shell.Ran ran =
        shell.run(
            real("psql -X -q -v ON_ERROR_STOP=1 -f page.sql postgresql://postgres@")
                + address(database),
            _ -> true,
            Duration.ZERO);
    if (ran.exitCode() != 0) {
      throw new AssertionError(place + "\n" + String.join("\n", ran.output()));
    }
  }

  private String real(String command) {
    String real = command;
    for (Map.Entry<String, String> address : addresses.entrySet()) {
      real = real.replace(address.getKey(), address.getValue());
    }
    if (artefact.isNative()) {
      real = real.replace(PROGRAM, artefact.path().toAbsolutePath().toString());
    }
    return real;
  }

  private String asWritten(String printed) {
    String written = printed;
    for (Map.Entry<String, String> address : addresses.entrySet()) {
      written = written.replace(address.getValue(), address.getKey());
    }
    return written;
  }

  /** What the sidecars of this session have logged. */
  String log() {
    return sidecar.log();
  }

  @Override
  public void close() {
    sidecar.close();
    shell.close();
    for (String one : LINKED) {
      try {
        Files.delete(directory.resolve(one));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
