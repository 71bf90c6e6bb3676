/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.invalidation;

import java.util.HexFormat;

/**
 * A point in one PostgreSQL server's history.
 *
 * <p>LSNs order positions of one timeline only; they say nothing across a promotion. Transaction
 * ids identify a transaction and order nothing, since transactions commit out of the order of their
 * ids.
 *
 * @param timeline the WAL timeline, 1 or more
 * @param xid the 64-bit id of the transaction, or 0 where none is known
 * @param lsn the WAL location in bytes, as {@code pg_lsn} counts them
 */
public record Position(long timeline, long xid, long lsn) {
  public Position {
    if (timeline < 1 || timeline > 0xFFFF_FFFFL) {
      throw new IllegalArgumentException("timeline must be 1 to 4294967295, was " + timeline);
    }
  }

  /**
   * Parses the text form of {@code pg_lsn}: two hexadecimal numbers of up to 8 digits and a slash.
   *
   * @throws IllegalArgumentException where the text is not of that form
   */
  public static long parseLsn(String text) {
    int slash = text.indexOf('/');
    int low = text.length() - slash - 1;
    if (slash < 1 || slash > 8 || low < 1 || low > 8) {
      throw new IllegalArgumentException("lsn must have the form 16/B374D848");
    }
    return (HexFormat.fromHexDigitsToLong(text, 0, slash) << 32)
        | HexFormat.fromHexDigitsToLong(text, slash + 1, text.length());
  }

  /** The location in PostgreSQL's own text form, for example {@code 16/B374D848}. */
  public String lsnText() {
    return lsnText(lsn);
  }

  /** A location in PostgreSQL's own text form. */
  public static String lsnText(long lsn) {
    return Long.toHexString(lsn >>> 32).toUpperCase(java.util.Locale.ROOT)
        + "/"
        + Long.toHexString(lsn & 0xFFFF_FFFFL).toUpperCase(java.util.Locale.ROOT);
  }

  /**
   * The position as those outside see it, {@code <timeline>-<xid>-<lsn>}, for example {@code
   * 1-745-16/B374D848}; a part that is not known is 0.
   */
  public String text() {
    return timeline + "-" + Long.toUnsignedString(xid) + "-" + lsnText();
  }
}
