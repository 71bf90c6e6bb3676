/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture.sample.pipeline;

import io.sidecache.architecture.sample.cache.Store;

/** Breaks a rule. */
public record Way(Store store) {}
