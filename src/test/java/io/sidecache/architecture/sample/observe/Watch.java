/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture.sample.observe;

import io.sidecache.architecture.sample.rest.Door;

/** Breaks a rule. */
public record Watch(Door door) {}
