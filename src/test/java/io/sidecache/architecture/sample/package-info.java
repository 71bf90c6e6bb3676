/**
 * One class for each rule that breaks it. The packages below have no {@code package-info}, which is
 * against a rule, too.
 */
@NullMarked
package io.sidecache.architecture.sample;

import org.jspecify.annotations.NullMarked;
