/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture.sample.webhook;

import io.quarkus.runtime.StartupEvent;

/** Breaks a rule. */
public record Hook(StartupEvent event) {}
