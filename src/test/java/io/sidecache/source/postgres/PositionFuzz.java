/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static io.sidecache.fuzz.Oracle.holds;
import static io.sidecache.fuzz.Oracle.same;

import io.sidecache.fuzz.Oracle;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Fuzzes heartbeats and their signatures, and the LSNs and snapshots that clients send, too. */
public final class PositionFuzz {
  private static final FleetKey KEY = new FleetKey(new byte[32]);
  private static final int FEW = 200;

  private PositionFuzz() {}

  /** One input: a heartbeat, in the next line an LSN, in the two behind it a snapshot each. */
  public static void fuzzerTestOneInput(byte[] input) {
    List<String> lines = Oracle.lines(Oracle.utf8(input), 4);
    heartbeat(lines.get(0));
    lsn(lines.get(1));
    Optional<Snapshot> one = snapshot(lines.get(2));
    Optional<Snapshot> other = snapshot(lines.get(3));
    if (one.isPresent() && other.isPresent()) {
      inclusion(one.get(), other.get());
    }
  }

  private static void heartbeat(String text) {
    String[] parts = text.split(" ", -1);
    boolean wanted =
        (parts.length == 4 || parts.length == 5)
            && !parts[0].isEmpty()
            && isLsn(parts[1])
            && parts[2].matches("[0-9A-Fa-f]{8}")
            && !parts[2].equals("00000000")
            && running(parts[3]).isPresent();
    Optional<HeartbeatPayload> read = HeartbeatPayload.parse(text);
    same(wanted, read.isPresent(), "whether this is a heartbeat");
    read.ifPresent(
        heartbeat -> {
          same(parts[0], heartbeat.nonce(), "the nonce");
          same(
              new BigInteger(parts[2], 16).longValue(),
              heartbeat.position().timeline(),
              "the timeline");
          same(lsnOf(parts[1]), heartbeat.position().lsn(), "the LSN");
        });
    int blank = text.lastIndexOf(' ');
    if (blank > 0) {
      String head = text.substring(0, blank);
      same(
          KEY.sign(head).equalsIgnoreCase(text.substring(blank + 1)),
          HeartbeatPayload.isSigned(text, KEY),
          "whether it is signed");
      holds(HeartbeatPayload.isSigned(head + " " + KEY.sign(head), KEY), "signed by us");
    }
  }

  private static boolean isLsn(String text) {
    return text.matches("[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}");
  }

  private static long lsnOf(String text) {
    String[] halves = text.split("/", -1);
    return new BigInteger(halves[0], 16)
        .shiftLeft(32)
        .add(new BigInteger(halves[1], 16))
        .longValue();
  }

  private static void lsn(String text) {
    long read;
    try {
      read = Position.parseLsn(text);
    } catch (IllegalArgumentException e) {
      holds(!isLsn(text), "an LSN was refused");
      return;
    }
    holds(isLsn(text), "what is no LSN was accepted");
    same(lsnOf(text), read, "the LSN");
    same(read, Position.parseLsn(Position.lsnText(read)), "the LSN as it is written");
  }

  private static Optional<Snapshot> snapshot(String text) {
    Snapshot read;
    try {
      read = Snapshot.parse(text);
    } catch (IllegalArgumentException e) {
      holds(running(text).isEmpty(), "a snapshot was refused");
      return Optional.empty();
    }
    holds(running(text).isPresent(), "what is no snapshot was accepted");
    same(text, read.toString(), "the snapshot as it is written");
    holds(read.equals(Snapshot.parse(text)), "equal to itself");
    return Optional.of(read);
  }

  /** A snapshot's xmin, xmax and running transactions in order; empty where the text is none. */
  private static Optional<List<BigInteger>> running(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 3) {
      return Optional.empty();
    }
    List<BigInteger> numbers = new ArrayList<>();
    List<String> texts = new ArrayList<>(List.of(parts[0], parts[1]));
    if (!parts[2].isEmpty()) {
      texts.addAll(List.of(parts[2].split(",", -1)));
    }
    for (String number : texts) {
      if (number.isEmpty() || number.length() > 19 || !isDigits(number)) {
        return Optional.empty();
      }
      numbers.add(new BigInteger(number));
    }
    BigInteger xmin = numbers.get(0);
    BigInteger xmax = numbers.get(1);
    List<BigInteger> xids = numbers.subList(2, numbers.size());
    boolean ordered =
        xmin.signum() > 0
            && xmin.compareTo(xmax) <= 0
            && numbers.stream().allMatch(number -> number.bitLength() < Long.SIZE)
            && xids.stream().allMatch(xid -> xid.compareTo(xmin) >= 0 && xid.compareTo(xmax) < 0)
            && List.copyOf(new TreeSet<>(xids)).equals(xids);
    return ordered ? Optional.of(numbers) : Optional.empty();
  }

  private static boolean isDigits(String text) {
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      if (octet < '0' || octet > '9') {
        return false;
      }
    }
    return true;
  }

  /** What one includes, it sees; told transaction by transaction where there are few. */
  private static void inclusion(Snapshot one, Snapshot other) {
    Optional<Set<Integer>> later = visible(one);
    Optional<Set<Integer>> earlier = visible(other);
    if (later.isEmpty() || earlier.isEmpty()) {
      one.includes(other);
      return;
    }
    boolean includes = one.includes(other);
    holds(!includes || later.get().containsAll(earlier.get()), "included, but not seen");
    // The other way round it may err, but only where it lists no running transactions.
    holds(
        includes || one.toString().endsWith(":") || !later.get().containsAll(earlier.get()),
        "seen, but not included");
  }

  private static Optional<Set<Integer>> visible(Snapshot snapshot) {
    List<BigInteger> numbers = running(snapshot.toString()).orElseThrow();
    if (numbers.get(1).bitLength() > 30 || numbers.get(1).intValue() > FEW) {
      return Optional.empty();
    }
    Set<Integer> visible = new TreeSet<>();
    for (int xid = 1; xid < numbers.get(1).intValue(); xid++) {
      if (!numbers.subList(2, numbers.size()).contains(BigInteger.valueOf(xid))) {
        visible.add(xid);
      }
    }
    return Optional.of(visible);
  }
}
