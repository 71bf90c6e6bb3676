/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;

/** The running figures of one cache; {@link CacheFigures} says what each one counts. */
final class Counters {
  final LongAdder hits = new LongAdder();
  final LongAdder staleHits = new LongAdder();
  final LongAdder staleWhileRevalidate = new LongAdder();
  final LongAdder staleIfError = new LongAdder();
  final LongAdder refreshes = new LongAdder();
  final LongAdder refreshFailures = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder bypasses = new LongAdder();
  final LongAdder loads = new LongAdder();
  final LongAdder loadFailures = new LongAdder();
  final LongAdder loadNanos = new LongAdder();
  final LongAdder loadsCollapsed = new LongAdder();
  final LongAdder fills = new LongAdder();
  final LongAdder refusedFills = new LongAdder();
  final LongAdder keyInvalidations = new LongAdder();
  final LongAdder groupInvalidations = new LongAdder();
  final LongAdder wholeInvalidations = new LongAdder();
  final LongAdder rejectedPayloads = new LongAdder();
  final LongAdder expired = new LongAdder();
  final LongAdder displaced = new LongAdder();
  final LongAdder auditChecked = new LongAdder();
  final LongAdder auditStale = new LongAdder();
  final LongAdder auditInconclusive = new LongAdder();

  CacheFigures figures(long size, OptionalLong weightBytes) {
    return new CacheFigures(
        size,
        weightBytes,
        hits.sum(),
        staleHits.sum(),
        misses.sum(),
        bypasses.sum(),
        loads.sum(),
        loadFailures.sum(),
        loadsCollapsed.sum(),
        loadNanos.sum(),
        fills.sum(),
        refusedFills.sum(),
        keyInvalidations.sum(),
        groupInvalidations.sum(),
        wholeInvalidations.sum(),
        rejectedPayloads.sum(),
        expired.sum(),
        displaced.sum(),
        new CacheFigures.Renewals(
            staleWhileRevalidate.sum(), staleIfError.sum(), refreshes.sum(), refreshFailures.sum()),
        new CacheFigures.Audits(auditChecked.sum(), auditStale.sum(), auditInconclusive.sum()));
  }
}
