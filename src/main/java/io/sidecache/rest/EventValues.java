/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.sidecache.cache.Caches;
import io.sidecache.cache.Entry;
import io.sidecache.cache.NamedCache;
import io.sidecache.invalidation.JsonText;
import io.sidecache.stream.ValueSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What a key's value is now, for the live stream: from memory, or by the cache's own load with its
 * limits. JSON stands as it is, text as a string, all else as Base64; a row that does not exist is
 * {@code null}; a value that is too long is left out.
 */
public final class EventValues implements ValueSource {
  static final int LONGEST_VALUE = 256 * 1024;

  private static final JsonFactory JSON = new JsonFactory();

  private final Caches caches;

  public EventValues(Caches caches) {
    this.caches = caches;
  }

  @Override
  public CompletionStage<String> members(String cache, String key) {
    Optional<NamedCache> found = caches.find(cache).filter(NamedCache::isReadThrough);
    if (found.isEmpty()) {
      return CompletableFuture.completedFuture("");
    }
    return found
        .get()
        .peek(key)
        .<CompletionStage<String>>map(entry -> CompletableFuture.completedFuture(members(entry)))
        .orElseGet(() -> load(found.get(), key));
  }

  private static CompletionStage<String> load(NamedCache cache, String key) {
    return cache.load(key, false, false).thenApply(loaded -> members(loaded.entry()));
  }

  private static String members(Entry entry) {
    if (entry.isNegative()) {
      return "\"value\":null";
    }
    if (entry.body().length > LONGEST_VALUE) {
      return "";
    }
    StringBuilder out = new StringBuilder();
    Optional<String> text = text(entry);
    if (text.isPresent() && isJson(entry.mediaType(), text.get())) {
      // A line break would end the event's line; in JSON it can only stand between tokens.
      out.append("\"value\":").append(text.get().replace('\n', ' ').replace('\r', ' '));
    } else if (text.isPresent()) {
      JsonText.appendString(out.append("\"value\":"), text.get());
    } else {
      out.append("\"valueBase64\":\"")
          .append(Base64.getEncoder().encodeToString(entry.body()))
          .append('"');
    }
    JsonText.appendString(out.append(",\"mediaType\":"), entry.mediaType());
    entry
        .contentEncoding()
        .ifPresent(c -> JsonText.appendString(out.append(",\"contentEncoding\":"), c));
    return out.toString();
  }

  /** The value as text, where it says that it is some, and is. */
  private static Optional<String> text(Entry entry) {
    String type = entry.mediaType().toLowerCase(Locale.ROOT);
    if (entry.contentEncoding().isPresent() || !(type.startsWith("text/") || namesJson(type))) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(entry.body()))
              .toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static boolean namesJson(String type) {
    return type.startsWith("application/json") || type.contains("+json");
  }

  /** An application may have stored anything and called it JSON. */
  private static boolean isJson(String mediaType, String text) {
    if (!namesJson(mediaType.toLowerCase(Locale.ROOT))) {
      return false;
    }
    try (JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() == null) {
        return false;
      }
      parser.skipChildren();
      return parser.nextToken() == null;
    } catch (IOException e) {
      return false;
    }
  }
}
