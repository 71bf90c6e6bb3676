/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * The user's own cache of unpacked PostgreSQL binaries, held under a lock while a server starts.
 *
 * <p>The library unpacks into a directory that it makes writable by all, lets a second process poll
 * for the first one's result with a tolerance of 100 ms, and takes half a file, left by a process
 * killed meanwhile, for a whole one. Hence a parent directory that is the user's alone, one process
 * at a time, and no leftovers. Taking the lock blocks while another process, or another thread of
 * this class loader, starts a server.
 */
final class ServerBinaries implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(ServerBinaries.class);
  private static final ReentrantLock THIS_PROCESS = new ReentrantLock();

  private final Path directory;
  private final FileChannel lock;

  private ServerBinaries(Path directory, FileChannel lock) {
    this.directory = directory;
    this.lock = lock;
  }

  /**
   * The cache under {@code $XDG_CACHE_HOME} or {@code ~/.cache}.
   *
   * @param fallback where to unpack when the user has no writable home
   */
  static ServerBinaries lock(Path fallback) throws IOException {
    THIS_PROCESS.lock();
    try {
      Path home = home(fallback);
      FileChannel channel =
          FileChannel.open(
              home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        var held = channel.lock();
        LOG.tracef("holding %s", held);
        Path directory = Files.createDirectories(home.resolve("binaries"));
        discardIncomplete(directory);
        return new ServerBinaries(directory, channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      THIS_PROCESS.unlock();
      throw e;
    }
  }

  private static Path home(Path fallback) throws IOException {
    String configured = System.getenv("XDG_CACHE_HOME");
    Path caches =
        configured == null || configured.isBlank()
            ? Path.of(System.getProperty("user.home", ""), ".cache")
            : Path.of(configured);
    Path home = caches.resolve("sidecache").resolve("embedded-postgres");
    try {
      Files.createDirectories(home.getParent());
      privateDirectory(home);
      if (Files.isWritable(home)) {
        return home;
      }
    } catch (IOException e) {
      LOG.debugf(e, "%s cannot hold the binaries", home);
    }
    return privateDirectory(fallback.resolve("embedded-postgres"));
  }

  private static Path privateDirectory(Path directory) throws IOException {
    try {
      return Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
      return directory;
    }
  }

  /** We hold the lock, so what has no completion mark is nobody's work in progress. */
  private static void discardIncomplete(Path directory) throws IOException {
    try (DirectoryStream<Path> versions = Files.newDirectoryStream(directory, "PG-*")) {
      for (Path version : versions) {
        if (!Files.exists(version.resolve(".exists"))) {
          delete(version);
        }
      }
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  Path directory() {
    return directory;
  }

  @Override
  public void close() throws IOException {
    try {
      lock.close();
    } finally {
      THIS_PROCESS.unlock();
    }
  }
}
