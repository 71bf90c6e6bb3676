/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import io.sidecache.testing.TestPostgres;
import java.nio.file.Path;

/** Stub. */
final class Mutants {
  Mutants(TestPostgres postgres, Path target, long seed) {}

  boolean run() {
    return true;
  }
}
