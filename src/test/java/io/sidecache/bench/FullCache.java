/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.sidecache.soak.Answer;
import io.sidecache.soak.HttpPipe;
import io.sidecache.testing.TestPostgres.Database;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What the packaged application holds in the memory of its container when a cache is as full as
 * {@code maximum-weight} lets it be, and is filled and read on.
 */
final class FullCache {
  private static final int WEIGHT_MEBIBYTES = Integer.getInteger("bench.load.weight", 64);
  private static final int[] BODY_BYTES = {100, 1_000, 20_000};

  /** Of the weight, what is filled in all. */
  private static final int TIMES = 2;

  private static final int OVERHEAD_BYTES = 250;
  private static final int AT_ONCE = 16;
  private static final long CONTAINER_BYTES = 320L << 20;

  private final Path target;
  private final Database database;

  FullCache(Path target, Database database) {
    this.target = target;
    this.database = database;
  }

  void run(Report report) throws Exception {
    for (int bytes : BODY_BYTES) {
      run(report, bytes);
    }
  }

  private void run(Report report, int bytes) throws Exception {
    Path jars = target.resolve("quarkus-app").toAbsolutePath();
    Path log = target.resolve("bench").resolve("full-gc.log");
    Application application = new Application();
    List<String> command = new ArrayList<>(StartUpCost.asInTheImage(jars));
    command.add("-Xlog:gc:file=" + log);
    command.addAll(application.systemProperties(database));
    command.add("-Dsidecache.caches.full.maximum-weight=" + WEIGHT_MEBIBYTES + "M");
    command.add("-Dsidecache.caches.full.unfenced-fills=true");
    command.addAll(List.of("-jar", jars.resolve("quarkus-run.jar").toString()));
    try (ChildJvm child = ChildJvm.start(command)) {
      child.printRest();
      application.awaitReady();
      int entries = (int) (TIMES * ((long) WEIGHT_MEBIBYTES << 20) / (bytes + OVERHEAD_BYTES));
      try (HttpPipe pipe = new HttpPipe(application.port())) {
        for (int first = 0; first < entries; first += AT_ONCE) {
          fillAndRead(pipe, first, bytes);
        }
      }
      long most = child.peakResidentBytes();
      Collections done = Collections.parse(Files.readString(log, StandardCharsets.UTF_8));
      String what =
          String.format(
              Locale.ROOT,
              "maximum-weight %dM, full of values of %,d bytes: ",
              WEIGHT_MEBIBYTES,
              bytes);
      long anonymous = child.anonymousBytes();
      report.goal(
          what + "resident memory, the most; without mapped files, at the end",
          String.format(Locale.ROOT, "%d MiB; %d MiB", most >> 20, anonymous >> 20),
          "≤ 320 MiB",
          most <= CONTAINER_BYTES);
      report.alone(
          what
              + "collections, full ones in "
              + String.format(Locale.ROOT, "%,d", entries)
              + " fills, longest pause, heap in use after the last",
          String.format(
              Locale.ROOT,
              "%d, %d, %.0f ms, %d MiB",
              done.young(),
              done.full(),
              done.longestMillis(),
              done.usedBytes() >> 20));
    }
  }

  /** Some new values, and some that may be there yet. */
  private static void fillAndRead(HttpPipe pipe, int first, int bytes) throws IOException {
    ByteArrayOutputStream requests = new ByteArrayOutputStream();
    byte[] body = new byte[bytes];
    for (int key = first; key < first + AT_ONCE; key++) {
      write(requests, "PUT", key, "Content-Length: " + bytes + "\r\n");
      requests.write(body);
      write(requests, "GET", ThreadLocalRandom.current().nextInt(key + 1), "");
    }
    pipe.send(requests.toByteArray(), requests.size());
    for (int answered = 0; answered < 2 * AT_ONCE; answered++) {
      Answer answer = pipe.receive();
      if (answer.status() != 201 && answer.status() != 200 && answer.status() != 404) {
        throw new IllegalStateException("answered " + answer);
      }
    }
  }

  private static void write(ByteArrayOutputStream to, String method, int key, String fields)
      throws IOException {
    to.write(
        "%s /v1/caches/full/entries/%d HTTP/1.1\r\nHost: sidecar\r\n%s\r\n"
            .formatted(method, 1_000_000 + key, fields)
            .getBytes(StandardCharsets.US_ASCII));
  }
}
