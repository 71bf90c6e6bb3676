/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture.sample.config;

import io.sidecache.architecture.sample.app.Root;

/** Breaks a rule. */
public record Reader(Root root) {}
