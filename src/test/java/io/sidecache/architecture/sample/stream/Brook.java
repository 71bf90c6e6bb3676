/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture.sample.stream;

import io.sidecache.architecture.sample.rest.Door;

/** Breaks a rule. */
public record Brook(Door door) {}
