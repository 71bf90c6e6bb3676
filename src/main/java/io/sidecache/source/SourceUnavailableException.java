/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source;

/** The feed could not be reached, or did not answer in time. Its message is fit for people. */
public final class SourceUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SourceUnavailableException(String message) {
    super(message);
  }

  public SourceUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
