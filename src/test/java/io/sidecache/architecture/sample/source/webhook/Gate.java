/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture.sample.source.webhook;

import io.sidecache.architecture.sample.rest.Door;

/** Breaks a rule. */
public record Gate(Door door) {}
