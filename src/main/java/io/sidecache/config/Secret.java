/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Bytes that must never be shown: a signing key or a bearer token.
 *
 * <p>Immutable. {@link #toString()} tells the length alone; {@link #equals} takes the same time
 * wherever two secrets of one length differ.
 */
public final class Secret {
  private final byte[] bytes;

  /** Copies the bytes. */
  public Secret(byte[] bytes) {
    if (bytes.length == 0) {
      throw new IllegalArgumentException("bytes must not be empty");
    }
    this.bytes = bytes.clone();
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && MessageDigest.isEqual(bytes, secret.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "Secret[" + bytes.length + " bytes]";
  }
}
