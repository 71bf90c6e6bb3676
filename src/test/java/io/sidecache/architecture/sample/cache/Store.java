/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture.sample.cache;

import io.quarkus.runtime.StartupEvent;

/** Breaks a rule. */
public record Store(StartupEvent event) {}
