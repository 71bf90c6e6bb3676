/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Model checking with Lincheck: two threads, a few operations each, and a switch between them at
 * every access to shared memory. Bounded, so it finds mistakes rather than proves their absence;
 * that it does find them is part of the test.
 */
@Tag("interleavings")
final class InterleavingsTest {
  private static void check(Class<? extends CheckedCache> subject, int scenarios, int invocations) {
    new ModelCheckingOptions()
        .iterations(scenarios)
        .invocationsPerIteration(invocations)
        .threads(2)
        .actorsPerThread(2)
        .actorsBefore(1)
        .actorsAfter(1)
        .minimizeFailedScenario(false)
        // The MAC is computed by one thread alone, in loops that look endless from outside.
        .addGuarantee(forClasses(FillTokens.class.getName()).allMethods().ignore())
        .sequentialSpecification(CheckedCache.AlwaysKept.class)
        .check(subject);
  }

  @Test
  void namedCache_anyInterleaving_neverGoesBehindWhatWasApplied() {
    check(CheckedNamedCache.class, 10, 400);
  }

  @Test
  void refreshingCache_anyInterleaving_neverGoesBehindWhatWasApplied() {
    check(CheckedNamedCache.Refreshing.class, 6, 400);
  }

  @Test
  void fence_anyInterleaving_neverGoesBehindWhatWasApplied() {
    check(CheckedMap.Right.class, 5, 1_000);
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        CheckedMap.RemoveFirst.class,
        CheckedMap.CheckOutside.class,
        CheckedMap.LateToken.class,
        CheckedMap.RefreshUnfenced.class,
        CheckedMap.ReadUnchecked.class
      })
  void plantedMistake_isFound(Class<? extends CheckedCache> subject) {
    assertThatThrownBy(() -> check(subject, 20, 1_000)).isInstanceOf(LincheckAssertionError.class);
  }
}
