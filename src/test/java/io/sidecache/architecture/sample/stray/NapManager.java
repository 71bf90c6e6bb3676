/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture.sample.stray;

/** Breaks the rules about names, packages and sleep; never called. */
public final class NapManager {
  private NapManager() {}

  static void nap() throws InterruptedException {
    Thread.sleep(1);
  }
}
