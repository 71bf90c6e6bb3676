/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Reads one value from where the truth is. */
@FunctionalInterface
public interface Loader {
  /**
   * Reads the present value of a key. Returns at once.
   *
   * @return the value, or empty where the database holds none; fails with a {@link LoadException}
   */
  CompletionStage<Optional<Value>> load(String key);

  /** Whether a load would begin at once and keep nobody waiting. */
  default boolean isIdle() {
    return true;
  }

  /** Whether a load that nobody waits for would leave enough room to those that somebody does. */
  default boolean hasRoomToSpare() {
    return true;
  }

  /**
   * The key under which a value can have been loaded that an invalidation of this key is about.
   *
   * @return empty where that cannot be told: it may be any
   */
  default Optional<String> spelled(String key) {
    return Optional.of(key);
  }

  /** Why a load gave no answer. Its message is fit for people and holds neither key nor value. */
  final class LoadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    public LoadException(Reason reason, String message) {
      super(message);
      this.reason = reason;
    }

    public LoadException(Reason reason, String message, Throwable cause) {
      super(message, cause);
      this.reason = reason;
    }

    /** What kind of failure it was. */
    public Reason reason() {
      return reason;
    }
  }

  /** What kind of failure a load ended in. */
  enum Reason {
    /** The query failed, or answered with something that is not one value. */
    FAILED,
    /** No answer within the load timeout. */
    TIMED_OUT,
    /** Too many loads run and wait already. */
    OVERLOADED,
    /** The key does not have the form that the query needs, such as an array of two elements. */
    UNFIT_KEY
  }
}
