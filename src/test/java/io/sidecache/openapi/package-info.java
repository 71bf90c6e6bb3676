/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The committed description of the HTTP interface, compared with the program: every answer that any
 * test gets is looked up in it, and every example in it is executed.
 */
@NullMarked
package io.sidecache.openapi;

import org.jspecify.annotations.NullMarked;
