/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

/** Ends a request with a problem. */
final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  ProblemException(Problem problem) {
    super(problem.type(), null, false, false);
    this.problem = problem;
  }

  Problem problem() {
    return problem;
  }
}
