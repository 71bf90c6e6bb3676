/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The programs that are installed: those of PATH, and those that Debian keeps for root. */
final class Programs {
  private Programs() {}

  static Optional<Path> find(String name) {
    String directories =
        Optional.ofNullable(System.getenv("PATH")).orElse("") + ":/usr/local/sbin:/usr/sbin";
    return Stream.of(directories.split(":", -1))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
