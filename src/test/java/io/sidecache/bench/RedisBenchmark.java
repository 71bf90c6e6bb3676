/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Redis's own load generator, as wrk runs against HTTP: as many threads and connections, one
 * request at a time on each.
 */
record RedisBenchmark(Path program) {

  /** GETs per second over so many of them. */
  double run(int port, long requests) throws IOException {
    Process process =
        new ProcessBuilder(
                List.of(
                    program.toString(),
                    "-h",
                    "127.0.0.1",
                    "-p",
                    Integer.toString(port),
                    "-P",
                    "1",
                    "-c",
                    Integer.toString(HttpLoad.CONNECTIONS),
                    "--threads",
                    "2",
                    "-n",
                    Long.toString(requests),
                    "--csv",
                    "GET",
                    "bench"))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return output
        .lines()
        .filter(line -> line.startsWith("\"GET bench\",\""))
        .mapToDouble(line -> Double.parseDouble(line.split("\"", -1)[3]))
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("unknown output of redis-benchmark:\n" + output));
  }
}
