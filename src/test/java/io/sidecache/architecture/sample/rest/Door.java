/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture.sample.rest;

import io.sidecache.architecture.sample.observe.Watch;

/** Breaks a rule. */
public record Door(Watch watch) {}
