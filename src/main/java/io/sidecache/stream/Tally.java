/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

import java.util.concurrent.atomic.LongAdder;

/** The running figures of the stream; {@link StreamFigures} says what each one counts. */
final class Tally {
  final LongAdder sent = new LongAdder();
  final LongAdder resets = new LongAdder();
  final LongAdder cut = new LongAdder();
  final LongAdder refused = new LongAdder();
}
