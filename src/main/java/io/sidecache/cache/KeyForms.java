/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * How the keys of a read-through cache are spelt, part by part.
 *
 * @param parts the form of each part, in the order of the query's parameters; 1 or more
 * @param split takes a key of several parts, a JSON array, apart; empty where it is not of that
 *     form
 * @param join puts the parts of such a key together
 */
public record KeyForms(
    List<KeyForm> parts,
    Function<String, Optional<List<String>>> split,
    Function<List<String>, String> join) {
  public KeyForms {
    parts = List.copyOf(parts);
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("parts must name one parameter at least");
    }
  }

  /** The texts of a key's parts; empty where it has not as many. */
  Optional<List<String>> texts(String key) {
    return parts.size() == 1
        ? Optional.of(List.of(key))
        : split.apply(key).filter(texts -> texts.size() == parts.size());
  }

  /** Whether the texts, one for each part, are spelt as they must be. */
  boolean fit(List<String> texts) {
    for (int i = 0; i < parts.size(); i++) {
      if (!parts.get(i).fits(texts.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** The key that the cache would hold for this one; empty where that cannot be told. */
  public Optional<String> spelled(String key) {
    Optional<List<String>> texts = texts(key);
    if (texts.isEmpty()) {
      return Optional.empty();
    }
    List<String> spelled = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      Optional<String> part = parts.get(i).spelled(texts.get().get(i));
      if (part.isEmpty()) {
        return Optional.empty();
      }
      spelled.add(part.get());
    }
    return Optional.of(parts.size() == 1 ? spelled.getFirst() : join.apply(spelled));
  }
}
