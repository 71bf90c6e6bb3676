/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.sidecache.invalidation.JsonText;
import io.sidecache.invalidation.Utf8;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The reader of a batch of CloudEvents 1.0 (JSON Batch Format): an array of events of the three
 * types that we understand. Strict, since an event that is not understood must not be answered as
 * if it were: unknown types and unknown members of {@code data} are refused. Unknown attributes are
 * let pass, as CloudEvents wants of extensions.
 */
final class EventBatch {
  static final String INVALIDATED = "io.sidecache.invalidated";
  static final String RESET = "io.sidecache.reset";
  static final String HEARTBEAT = "io.sidecache.heartbeat";

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          // Names come from strangers and would grow the process-wide symbol table.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  /** The media type, whose name has no case (RFC 9110, section 8.3.1), with any parameters. */
  private static final Pattern JSON =
      Pattern.compile("application/json[ \\t]*(;.*)?", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private EventBatch() {}

  static List<Statement> read(byte[] body) throws NotUnderstoodException {
    String text =
        Utf8.text(body).orElseThrow(() -> new NotUnderstoodException("the body must be UTF-8"));
    require(JsonText.hasSoundEscapes(text), "each \\u must have four hexadecimal digits");
    try (JsonParser parser = FACTORY.createParser(text)) {
      require(parser.nextToken() == JsonToken.START_ARRAY, "the body must be an array of events");
      List<Statement> statements = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        statements.add(event(parser));
      }
      require(parser.nextToken() == null, "the body must end with its array");
      return statements;
    } catch (IOException e) {
      // The parser's message quotes the body, so neither it nor the cause is kept.
      throw new NotUnderstoodException("the body must be JSON without duplicate names (RFC 8259)");
    }
  }

  /** The parser stands on the event's first token, and afterwards on its last. */
  private static Statement event(JsonParser parser) throws IOException, NotUnderstoodException {
    require(parser.currentToken() == JsonToken.START_OBJECT, "an event must be an object");
    String specversion = null;
    String type = null;
    boolean id = false;
    boolean source = false;
    EventData data = null;
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      JsonToken value = parser.nextToken();
      switch (name) {
        case "specversion" -> specversion = EventData.text(parser, value, name);
        case "type" -> type = EventData.text(parser, value, name);
        case "id" -> id = !EventData.text(parser, value, name).isEmpty();
        case "source" -> source = !EventData.text(parser, value, name).isEmpty();
        case "datacontenttype" ->
            require(
                JSON.matcher(EventData.text(parser, value, name)).matches(),
                "an event's datacontenttype must be application/json");
        case "data_base64" ->
            throw new NotUnderstoodException("an event's data must be JSON, not data_base64");
        case "data" -> data = EventData.read(parser, value);
        default -> parser.skipChildren();
      }
    }
    require("1.0".equals(specversion), "an event's specversion must be 1.0");
    require(id && source, "an event must have an id and a source");
    return statement(type, Optional.ofNullable(data).orElseGet(EventData::new));
  }

  private static Statement statement(@Nullable String type, EventData data)
      throws NotUnderstoodException {
    if (type == null) {
      throw new NotUnderstoodException("an event must have a type");
    }
    return switch (type) {
      case INVALIDATED -> data.invalidated();
      case RESET -> data.reset();
      case HEARTBEAT -> data.beat();
      default ->
          throw new NotUnderstoodException(
              "an event's type must be " + INVALIDATED + ", " + RESET + " or " + HEARTBEAT);
    };
  }

  static void require(boolean holds, String rule) throws NotUnderstoodException {
    if (!holds) {
      throw new NotUnderstoodException(rule);
    }
  }
}
