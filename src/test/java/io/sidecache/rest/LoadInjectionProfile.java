/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.quarkus.test.junit.QuarkusTestProfile;
import io.sidecache.app.ArticleProfile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A cache for each type that a key can have, and some whose row tells how to answer. */
public class LoadInjectionProfile implements QuarkusTestProfile {
  static final List<String> TYPES =
      List.of(
          "bigint",
          "integer",
          "smallint",
          "uuid",
          "numeric",
          "numeric(10,2)",
          "date",
          "timestamp",
          "timestamptz",
          "boolean",
          "bytea");
  static final List<String> TEXTS = List.of("text", "varchar", "varchar(500)", "char(500)");

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(new ArticleProfile().getConfigOverrides());
    for (int i = 0; i < TYPES.size(); i++) {
      load(settings, "typed" + i, "select format('%s', ?::" + TYPES.get(i) + ")");
    }
    for (int i = 0; i < TEXTS.size(); i++) {
      load(settings, "text" + i, "select format('%s', ?::" + TEXTS.get(i) + ")");
    }
    load(settings, "bare", "select ?");
    load(settings, "two", "select ? || '|' || ?");
    load(settings, "media", "select 'x'::text, ?::text as content_type");
    load(settings, "grouped", "select 'x'::text, array[?::text] as groups");
    return settings;
  }

  private static void load(Map<String, String> settings, String cache, String sql) {
    // A comma would divide a list.
    settings.put("sidecache.caches." + cache + ".load", sql);
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return new ArticleProfile().testResources();
  }
}
