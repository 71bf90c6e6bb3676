/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.source.SourceSignal;
import io.sidecache.testing.HandDrivenTime;
import io.sidecache.testing.RecordingSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class NotificationReaderTest {
  private static final String SECRET = "secret-payload";

  private final HandDrivenTime time = new HandDrivenTime();
  private final RecordingSink sink = new RecordingSink();
  private final NotificationReader reader =
      new NotificationReader(
          List.of(
              new ChannelBinding("ch", "products", new JsonPayload(List.of("/id"))),
              new ChannelBinding("Other", "products", new KeyPayload()),
              new ChannelBinding("ch", "orders", new JsonPayload(List.of("/id")))),
          time);
  private final Logger logger = Logger.getLogger(NotificationReader.class.getName());
  private final Lines lines = new Lines();

  /** Keeps what is logged, as people would see it. */
  private static final class Lines extends Handler {
    private final List<String> lines = new ArrayList<>();

    @Override
    public void publish(LogRecord record) {
      lines.add(new SimpleFormatter().format(record));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @BeforeEach
  void listen() {
    logger.addHandler(lines);
  }

  @AfterEach
  void unlisten() {
    logger.removeHandler(lines);
  }

  @Test
  void channels_areSortedAndHoldOurOwn() {
    assertThat(reader.channels())
        .containsExactly("Other", "ch", "sidecache_heartbeat", "sidecache_invalidation");
  }

  @Test
  void read_oneChannelForTwoCaches_feedsBoth() {
    reader.read("ch", "{\"id\":1}", 3, sink);

    assertThat(sink.signals())
        .containsExactly(
            new SourceSignal.Changed(new Invalidation.Key("products", "1"), null),
            new SourceSignal.Changed(new Invalidation.Key("orders", "1"), null));
  }

  @Test
  void read_unreadable_isRejectedEachTimeButLoggedOnceAMinuteWithoutContent() {
    for (int i = 0; i < 100; i++) {
      reader.read("ch", "{\"" + SECRET + "\":1}", 3, sink);
    }
    assertThat(sink.all(SourceSignal.Rejected.class)).hasSize(200);
    assertThat(lines.lines).hasSize(1);
    time.advance(Duration.ofMinutes(1));
    reader.read("ch", SECRET, 3, sink);
    reader.read("Other", "", 3, sink);
    reader.read(OwnChannels.INVALIDATION, SECRET, 3, sink);

    assertThat(lines.lines).hasSize(4);
    assertThat(lines.lines.get(1)).contains("200 payload(s) of channel ch", "201 since the start");
    assertThat(lines.lines).noneMatch(line -> line.contains(SECRET));
    assertThat(sink.signals()).noneMatch(signal -> signal.toString().contains(SECRET));
  }

  @Test
  void read_invalidationsOfAKnownTransaction_haveItsPosition() {
    reader.read(
        OwnChannels.INVALIDATION,
        "{\"v\":1,\"x\":\"18446744073709551615\",\"i\":[{\"cache\":\"c\",\"key\":\"k\"}]}",
        3,
        sink);
    reader.read(OwnChannels.INVALIDATION, "{\"v\":1,\"i\":[{\"everything\":true}]}", 3, sink);

    assertThat(sink.signals())
        .containsExactly(
            new SourceSignal.Changed(new Invalidation.Key("c", "k"), new Position(3, -1, 0)),
            new SourceSignal.Changed(new Invalidation.Everything(), null));
  }
}
