/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture.sample.source.postgres;

import io.sidecache.architecture.sample.cache.Store;

/** Breaks a rule. */
public record Listener(Store store) {}
