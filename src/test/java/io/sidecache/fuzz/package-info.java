/**
 * Fuzzing of all that reads what strangers write: the list of targets, the run of each in a JVM
 * with Jazzer, and the references that the targets compare with. The targets stand beside what they
 * test, since that is package-private.
 *
 * <p>A target throws where the code under test throws what it does not document, or where it and an
 * independent reference disagree about an input.
 */
@NullMarked
package io.sidecache.fuzz;

import org.jspecify.annotations.NullMarked;
