/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture.sample.dev;

/** Breaks a rule. */
public record Sandbox() {}
