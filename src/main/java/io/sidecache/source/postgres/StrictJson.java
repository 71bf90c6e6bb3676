/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.sidecache.invalidation.JsonText;
import java.io.IOException;

/**
 * JSON as RFC 8259 has it and nothing more: no comments, no {@code NaN}, no duplicate names, one
 * value and then the end.
 */
final class StrictJson {
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          // Names come from strangers: interning and caching them would let a flood of odd ones
          // grow the process-wide symbol table.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private StrictJson() {}

  /** Reads one value; the parser stands on its first token. */
  @FunctionalInterface
  interface Reader<T> {
    T read(JsonParser parser, JsonToken first) throws IOException, UnreadablePayloadException;
  }

  static <T> T read(String text, Reader<T> reader) throws UnreadablePayloadException {
    if (!JsonText.hasSoundEscapes(text)) {
      throw new UnreadablePayloadException("the payload has an escape that is none");
    }
    try (JsonParser parser = FACTORY.createParser(text)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw new UnreadablePayloadException("the payload is empty");
      }
      T value = reader.read(parser, first);
      if (parser.nextToken() != null) {
        throw new UnreadablePayloadException("the payload goes on after its JSON value");
      }
      return value;
    } catch (IOException e) {
      // The parser's message quotes the payload, so neither it nor the cause is kept.
      throw new UnreadablePayloadException("the payload is not strict JSON");
    }
  }
}
