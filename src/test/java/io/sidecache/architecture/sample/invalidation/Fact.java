/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture.sample.invalidation;

import io.sidecache.architecture.sample.source.Signal;

/** Breaks a rule. */
public record Fact(Signal signal) {}
