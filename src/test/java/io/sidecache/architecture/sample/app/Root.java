/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture.sample.app;

import io.sidecache.architecture.sample.dev.Sandbox;

/** Breaks a rule. */
public record Root(Sandbox sandbox) {}
