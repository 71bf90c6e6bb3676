/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** A limited number of places for requests that take memory. Safe from any thread; never blocks. */
final class Turns {
  private final int most;
  private final AtomicInteger taken = new AtomicInteger();

  Turns(int most) {
    this.most = most;
  }

  /** One place. Whoever has it ends it; more than once does no harm. */
  static final class Turn {
    private final AtomicInteger taken;
    private final AtomicBoolean ended = new AtomicBoolean();

    private Turn(AtomicInteger taken) {
      this.taken = taken;
    }

    void end() {
      if (ended.compareAndSet(false, true)) {
        taken.decrementAndGet();
      }
    }
  }

  /** A place, unless all are taken. */
  Optional<Turn> take() {
    if (taken.incrementAndGet() > most) {
      taken.decrementAndGet();
      return Optional.empty();
    }
    return Optional.of(new Turn(taken));
  }
}
