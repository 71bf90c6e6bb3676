/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture.sample.source;

import io.sidecache.architecture.sample.pipeline.Way;

/** Breaks a rule. */
public record Signal(Way way) {}
