/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Entry;
import io.sidecache.invalidation.JsonText;
import java.util.List;

/** Writes the JSON of a reading of many entries. Not safe for several threads. */
final class BulkAnswer {
  /** How many bytes the values of one answer may have together, beyond the first one. */
  static final int LARGEST_VALUES = 8 * 1024 * 1024;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final StringBuilder entries = new StringBuilder();
  private final StringBuilder missing = new StringBuilder();
  private final StringBuilder absent = new StringBuilder();
  private final StringBuilder failed = new StringBuilder();
  private long valueBytes;

  static BulkRead.Finding tooLarge(CharSequence cacheStatus) {
    return new BulkRead.Finding.Failed(Problem.answerTooLarge(LARGEST_VALUES), cacheStatus);
  }

  /** Adds one key, which has not been added before. */
  void add(String key, BulkRead.Finding finding) {
    switch (finding) {
      case BulkRead.Finding.Held held ->
          entry(key, held.hit().entry(), held.hit().ageNanos(), held.cacheStatus());
      case BulkRead.Finding.Fetched fetched ->
          entry(key, fetched.loaded().entry(), 0, fetched.cacheStatus());
      case BulkRead.Finding.Missing token ->
          JsonText.appendString(name(missing, key), token.token());
      case BulkRead.Finding.Failed failure -> {
        Problem problem = failure.problem();
        name(failed, key).append("{\"type\":");
        JsonText.appendString(failed, problem.type());
        JsonText.appendString(failed.append(",\"title\":"), problem.title());
        failed.append(",\"status\":").append(problem.status());
        JsonText.appendString(failed.append(",\"detail\":"), problem.detail());
        end(failed.append(','), failure.cacheStatus());
      }
    }
  }

  private void entry(String key, Entry entry, long ageNanos, CharSequence cacheStatus) {
    if (entry.isNegative()) {
      end(name(absent, key).append('{'), cacheStatus);
      return;
    }
    int bytes = entry.body().length;
    if (valueBytes > 0 && valueBytes + bytes > LARGEST_VALUES) {
      add(key, tooLarge(cacheStatus));
      return;
    }
    valueBytes += bytes;
    ValueMembers.append(name(entries, key).append('{'), entry);
    JsonText.appendString(entries.append(",\"etag\":"), entry.etag());
    entries.append(",\"age\":").append(ageNanos / NANOS_PER_SECOND).append(',');
    groups(entry.groups());
    end(entries, cacheStatus);
  }

  private void groups(List<String> groups) {
    if (groups.isEmpty()) {
      return;
    }
    char before = '[';
    entries.append("\"groups\":");
    for (String group : groups) {
      JsonText.appendString(entries.append(before), group);
      before = ',';
    }
    entries.append("],");
  }

  private static StringBuilder name(StringBuilder member, String key) {
    if (!member.isEmpty()) {
      member.append(',');
    }
    JsonText.appendString(member, key);
    return member.append(':');
  }

  private static void end(StringBuilder member, CharSequence cacheStatus) {
    JsonText.appendString(member.append("\"cacheStatus\":"), cacheStatus.toString());
    member.append('}');
  }

  /** The whole answer. */
  String json() {
    return "{\"entries\":{"
        + entries
        + "},\"missing\":{"
        + missing
        + "},\"absent\":{"
        + absent
        + "},\"failed\":{"
        + failed
        + "}}";
  }
}
