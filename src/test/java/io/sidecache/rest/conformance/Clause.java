/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

/**
 * One sentence of the contract and the way to find out whether it holds.
 *
 * @param row the part of the contract
 * @param text what it says
 * @param check fails where that is not so
 */
record Clause(String row, String text, Check check) {
  /** A check; whatever it throws is a failure. */
  @FunctionalInterface
  interface Check {
    void run() throws Exception;
  }

  String name() {
    return row + ": " + text;
  }
}
