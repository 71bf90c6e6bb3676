/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Tells which tables are attached to our caches, and where their triggers are not as attach makes
 * them.
 */
final class AttachedCheck {
  private static final String ATTACHED = "attached";

  private final Set<String> caches;

  /** Makes it for the caches that are configured here. */
  AttachedCheck(Set<String> caches) {
    this.caches = Set.copyOf(caches);
  }

  Diagnosis<List<Attachment>> look(Connection connection) throws SQLException {
    List<Attachment> all = Attachment.read(connection);
    List<Finding> findings = new ArrayList<>();
    long others = 0;
    for (Attachment attachment : all) {
      boolean ours = caches.contains(attachment.cache());
      if (!attachment.drift().isEmpty()) {
        findings.add(drifted(attachment, ours));
      } else if (ours) {
        findings.add(Finding.ok(ATTACHED, told(attachment)));
      } else {
        others++;
      }
    }
    if (others > 0) {
      findings.add(
          Finding.ok(ATTACHED, "to caches that are not configured here: " + others + " tables"));
    }
    return new Diagnosis<>(all, findings);
  }

  private static Finding drifted(Attachment attachment, boolean ours) {
    String fact = told(attachment) + ", has drifted";
    String remedy =
        String.join("; ", attachment.drift())
            + "; then sidecache.invalidate_all('"
            + attachment.cache()
            + "')";
    return ours
        ? Finding.fail(ATTACHED, fact, remedy)
        : Finding.warn(ATTACHED, fact + " (no cache of ours)", remedy);
  }

  private static String told(Attachment attachment) {
    return "table "
        + attachment.table()
        + " to cache "
        + attachment.cache()
        + " by "
        + String.join(", ", attachment.key());
  }
}
