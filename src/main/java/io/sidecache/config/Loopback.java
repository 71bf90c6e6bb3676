/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * The addresses that this host alone can reach: 127.0.0.0/8 (RFC 1122, section 3.2.1.3), {@code
 * ::1} (RFC 4291, section 2.5.3), and the name {@code localhost} (RFC 6761, section 6.3).
 *
 * <p>Any other name is none, whatever it stands for now: 127.0.0.1.example.com is whatever its
 * owner says, and tomorrow something else. Asks no name server.
 */
public final class Loopback {
  private static final Pattern DOTTED_QUAD = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");

  private Loopback() {}

  /** Whether a setting that names an address to bind to names one of these. */
  public static boolean isAddress(String host) {
    if (host.equalsIgnoreCase("localhost")) {
      return true;
    }
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    String literal = bracketed ? host.substring(1, host.length() - 1) : host;
    if (literal.indexOf(':') < 0 && !DOTTED_QUAD.matcher(literal).matches()) {
      return false;
    }
    try {
      return InetAddress.ofLiteral(literal).isLoopbackAddress();
    } catch (IllegalArgumentException notALiteral) {
      return false;
    }
  }
}
