/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.sidecache.invalidation.JsonText;
import io.sidecache.invalidation.Utf8;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the body of a bulk call: {@code {"keys":["42"],"groups":["list"]}}, strictly.
 *
 * <p>JSON as RFC 8259 has it, in UTF-8, as a stream: what is too long is refused where it is
 * noticed. No problem quotes the body.
 */
final class NameLists {
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          // Names come from strangers: kept, they would let a flood of odd ones grow the
          // process-wide symbol table.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private final Set<String> members;
  private final int mostNames;
  private final Map<String, Set<String>> lists = new HashMap<>();
  private int names;

  private NameLists(Set<String> members, int mostNames) {
    this.members = members;
    this.mostNames = mostNames;
  }

  /**
   * Reads the lists of a body. A name that is repeated counts once, but towards the limit.
   *
   * @param members the members that may be there, of which one must
   * @param mostNames how many names all of them may have together
   * @return by member, each in the order of the body
   * @throws ProblemException where the body is anything else
   */
  static Map<String, Set<String>> read(byte[] body, Set<String> members, int mostNames) {
    NameLists lists = new NameLists(members, mostNames);
    // Not by the parser, which would guess the coding, and take UTF-16 for JSON.
    String text = Utf8.text(body).orElseThrow(() -> invalid("the body must be JSON in UTF-8"));
    if (!JsonText.hasSoundEscapes(text)) {
      throw notJson();
    }
    try (JsonParser parser = FACTORY.createParser(text)) {
      lists.readBody(parser);
    } catch (IOException notJson) { // whose message quotes the body
      throw notJson();
    }
    return lists.lists;
  }

  private void readBody(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw notLists();
    }
    for (String member = parser.nextFieldName(); member != null; member = parser.nextFieldName()) {
      if (!members.contains(member)) {
        throw notLists();
      }
      lists.put(member, readList(parser, member.equals("keys") ? "a key" : "a group"));
    }
    if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
      throw notLists();
    }
    if (lists.isEmpty()) {
      throw notLists();
    }
  }

  private Set<String> readList(JsonParser parser, String what) throws IOException {
    if (parser.nextToken() != JsonToken.START_ARRAY) {
      throw notLists();
    }
    Set<String> list = new LinkedHashSet<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      if (token != JsonToken.VALUE_STRING) {
        throw notLists();
      }
      if (++names > mostNames) {
        throw new ProblemException(Problem.tooManyNames(mostNames));
      }
      String name = parser.getText();
      Optional<String> broken = NameRule.broken(what, name);
      if (broken.isPresent()) {
        throw new ProblemException(Problem.invalidKey(broken.get()));
      }
      list.add(name);
    }
    return list;
  }

  private ProblemException notLists() {
    return invalid(
        "the body must be a JSON object of lists of strings, named "
            + String.join(" or ", members.stream().sorted().toList().reversed()));
  }

  private static ProblemException notJson() {
    return invalid("the body must be JSON (RFC 8259), and each of its members there once");
  }

  private static ProblemException invalid(String rule) {
    return new ProblemException(Problem.invalidRequest(rule));
  }
}
