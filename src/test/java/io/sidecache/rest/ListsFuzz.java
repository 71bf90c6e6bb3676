/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static io.sidecache.fuzz.Oracle.holds;
import static io.sidecache.fuzz.Oracle.same;

import io.sidecache.fuzz.ReferenceJson;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Fuzzes the body of a bulk call, and the value of an entry that is shown within JSON. */
public final class ListsFuzz {
  private static final Set<String> MEMBERS = Set.of("keys", "groups");
  private static final int MOST_NAMES = 20;

  private ListsFuzz() {}

  /** One input: a body, which then is a value that its application calls JSON. */
  public static void fuzzerTestOneInput(byte[] input) {
    Optional<String> text = text(input);
    same(text.flatMap(ListsFuzz::reference), read(input), "the lists");

    text.ifPresent(
        value ->
            holds(!ValueMembers.isJson(value) || ReferenceJson.isJson(value), "it is no JSON"));
  }

  private static Optional<Map<String, Set<String>>> read(byte[] body) {
    try {
      return Optional.of(NameLists.read(body, MEMBERS, MOST_NAMES));
    } catch (ProblemException e) {
      same(true, e.problem().status() == 400 || e.problem().status() == 413, "the status");
      return Optional.empty();
    }
  }

  private static Optional<Map<String, Set<String>>> reference(String text) {
    if (!(ReferenceJson.read(text).value().orElse(null) instanceof Map<?, ?> members)
        || members.isEmpty()
        || !MEMBERS.containsAll(members.keySet())) {
      return Optional.empty();
    }
    Map<String, Set<String>> lists = new LinkedHashMap<>();
    int names = 0;
    for (Map.Entry<?, ?> member : members.entrySet()) {
      if (!(member.getValue() instanceof List<?> elements)) {
        return Optional.empty();
      }
      Set<String> list = new LinkedHashSet<>();
      for (Object element : elements) {
        if (!(element instanceof String name) || !isName(name) || ++names > MOST_NAMES) {
          return Optional.empty();
        }
        list.add(name);
      }
      lists.put((String) member.getKey(), list);
    }
    return Optional.of(lists);
  }

  private static boolean isName(String name) {
    return !name.isEmpty()
        && name.indexOf(0) < 0
        && StandardCharsets.UTF_8.newEncoder().canEncode(name)
        && name.getBytes(StandardCharsets.UTF_8).length <= 512;
  }

  private static Optional<String> text(byte[] octets) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets)).toString());
    } catch (CharacterCodingException notUtf8) {
      return Optional.empty();
    }
  }
}
