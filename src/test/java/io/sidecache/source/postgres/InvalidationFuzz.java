/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static io.sidecache.fuzz.Oracle.holds;
import static io.sidecache.fuzz.Oracle.same;

import io.sidecache.fuzz.Oracle;
import io.sidecache.fuzz.ReferenceJson;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.source.SourceSignal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Fuzzes what comes on the sidecars' own channel: invalidations, and references to the log. */
public final class InvalidationFuzz {
  private static final NotificationReader READER = new NotificationReader(List.of(), () -> 0L);

  private InvalidationFuzz() {}

  /** One input: a payload. */
  public static void fuzzerTestOneInput(byte[] input) {
    String payload = Oracle.utf8(input);
    ReferenceJson.Found json = ReferenceJson.read(payload);
    if (LogReference.isOne(payload)) {
      same(json.value().flatMap(InvalidationFuzz::log), reference(payload), "the log reference");
    }
    List<SourceSignal> wanted =
        json.value()
            .flatMap(InvalidationFuzz::signals)
            .orElseGet(() -> List.of(changed(new Invalidation.Everything(), 0)));
    List<SourceSignal> signals = new ArrayList<>();
    READER.read(OwnChannels.INVALIDATION, payload, 3, signals::add);
    same(wanted, signals, "the signals");
    roundTrip(payload);
  }

  private static void roundTrip(String payload) {
    InvalidationPayload.Contents contents;
    try {
      contents = InvalidationPayload.read(payload);
    } catch (UnreadablePayloadException widened) {
      return;
    }
    List<Invalidation> again = new ArrayList<>();
    for (String written : InvalidationPayload.write(contents.invalidations())) {
      try {
        again.addAll(InvalidationPayload.read(written).invalidations());
      } catch (UnreadablePayloadException e) {
        throw new AssertionError("what was written cannot be read", e);
      }
    }
    holds(payload.length() > 7900 || again.equals(contents.invalidations()), "written as read");
  }

  private static Optional<LogReference> reference(String payload) {
    try {
      return Optional.of(LogReference.read(payload));
    } catch (UnreadablePayloadException e) {
      return Optional.empty();
    }
  }

  private static Optional<LogReference> log(Object json) {
    return json instanceof Map<?, ?> members
            && Set.of("v", "log", "cache").containsAll(members.keySet())
            && members.get("log") instanceof String xid
            && xid(xid).signum() > 0
            && members.get("cache") instanceof String cache
            && !cache.isEmpty()
        ? Optional.of(new LogReference(xid, cache))
        : Optional.empty();
  }

  /** The transaction's id, or 0 where the text is none. */
  private static BigInteger xid(String text) {
    if (!text.matches("[0-9]{1,20}")) {
      return BigInteger.ZERO;
    }
    BigInteger xid = new BigInteger(text);
    return xid.bitLength() <= Long.SIZE ? xid : BigInteger.ZERO;
  }

  private static Optional<List<SourceSignal>> signals(Object json) {
    if (!(json instanceof Map<?, ?> members)
        || !Set.of("v", "i", "x").containsAll(members.keySet())
        || !new ReferenceJson.Numeral("1").equals(members.get("v"))
        || !(members.get("i") instanceof List<?> items)) {
      return Optional.empty();
    }
    BigInteger xid = BigInteger.ZERO;
    if (members.containsKey("x")) {
      xid = members.get("x") instanceof String text ? xid(text) : BigInteger.ZERO;
      if (xid.signum() == 0) {
        return Optional.empty();
      }
    }
    List<SourceSignal> signals = new ArrayList<>();
    for (Object item : items) {
      Invalidation invalidation = item instanceof Map<?, ?> map ? item(map) : null;
      if (invalidation == null) {
        return Optional.empty();
      }
      signals.add(changed(invalidation, xid.longValue()));
    }
    return Optional.of(signals);
  }

  private static SourceSignal changed(Invalidation invalidation, long xid) {
    return new SourceSignal.Changed(invalidation, xid == 0 ? null : new Position(3, xid, 0));
  }

  /** One of the four forms, whose members are told by their names. */
  private static @Nullable Invalidation item(Map<?, ?> item) {
    if (item.equals(Map.of("everything", true))) {
      return new Invalidation.Everything();
    }
    if (item.size() != 2 || !(item.get("cache") instanceof String cache) || cache.isEmpty()) {
      return null;
    }
    if (item.get("key") instanceof String key) {
      return new Invalidation.Key(cache, key);
    }
    if (item.get("group") instanceof String group && !group.isEmpty()) {
      return new Invalidation.Tag(cache, group);
    }
    return Boolean.TRUE.equals(item.get("whole")) ? new Invalidation.WholeCache(cache) : null;
  }
}
