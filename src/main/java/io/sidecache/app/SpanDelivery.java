/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jboss.logging.Logger;

/**
 * The way of spans to the collector, which counts them, and tells once that they do not get there.
 * The library's own loggers, which tell of each attempt, are off.
 */
final class SpanDelivery implements SpanExporter {
  private static final Logger LOG = Logger.getLogger(SpanDelivery.class);

  private final SpanExporter exporter;
  private final LongAdder delivered = new LongAdder();
  private final LongAdder lost = new LongAdder();
  private final AtomicBoolean failing = new AtomicBoolean();

  SpanDelivery(SpanExporter exporter) {
    this.exporter = exporter;
  }

  long delivered() {
    return delivered.sum();
  }

  long lost() {
    return lost.sum();
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    int count = spans.size();
    CompletableResultCode result = exporter.export(spans);
    result.whenComplete(() -> ended(count, result.isSuccess()));
    return result;
  }

  private void ended(int count, boolean success) {
    (success ? delivered : lost).add(count);
    if (failing.compareAndSet(success, !success)) {
      if (success) {
        LOG.infof("the collector takes traces again, %d spans were lost so far", lost.sum());
      } else {
        LOG.warnf(
            "the collector of sidecache.tracing.endpoint did not take %d spans, which are lost;"
                + " until it does this is counted, not logged",
            count);
      }
    }
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
