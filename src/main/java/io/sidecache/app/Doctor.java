/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.sidecache.config.Settings;
import io.sidecache.source.InvalidationSource;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.SmallRyeConfig;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The command {@code doctor}: looks at everything that a sidecar with these settings needs, and
 * tells in one line each what is well and what to do about the rest.
 *
 * <p>Ends with 1 where anything failed and with 0 otherwise, within {@value #TOTAL_SECONDS}
 * seconds. Serves nobody, changes nothing in the database, and tells peers of nothing.
 */
@Dependent
class Doctor implements QuarkusApplication {
  private static final int TOTAL_SECONDS = 60;

  private final Settings settings;
  private final Instance<AgroalDataSource> dataSource;
  private final InvalidationSource source;
  private final Vertx vertx;
  private final TlsConfigurationRegistry tls;

  @Inject
  Doctor(
      Settings settings,
      Instance<AgroalDataSource> dataSource,
      InvalidationSource source,
      Vertx vertx,
      TlsConfigurationRegistry tls) {
    this.settings = settings;
    this.dataSource = dataSource;
    this.source = source;
    this.vertx = vertx;
    this.tls = tls;
  }

  @Override
  public int run(String... arguments) {
    SmallRyeConfig config = Wiring.config();
    String url = config.getOptionalValue(Wiring.DATASOURCE_URL, String.class).orElse("");
    ForeignText foreign = new ForeignText(secrets(config, url));
    try (Rounds rounds = rounds(foreign)) {
      new Examination(
              new Examination.Subject(
                  settings,
                  url,
                  config.getValue("quarkus.datasource.jdbc.max-size", Integer.class),
                  dataSource::get,
                  source,
                  settings.webhooks().values().stream()
                      .map(
                          webhook ->
                              new PeersCheck.Peer(
                                  webhook.peer(),
                                  WebhookWiring.address(webhook.url()),
                                  WebhookWiring.client(webhook, vertx, tls, () -> null)))
                      .toList(),
                  foreign),
              rounds)
          .run();
      return rounds.exitCode();
    }
  }

  private List<String> secrets(SmallRyeConfig config, String url) {
    return Stream.of(
            config.getOptionalValue("quarkus.datasource.password", String.class).stream(),
            JdbcAddress.secrets(url),
            settings.listener().url().stream().flatMap(JdbcAddress::secrets))
        .flatMap(secret -> secret)
        .toList();
  }

  private static Rounds rounds(ForeignText foreign) {
    return new Rounds(System.out, foreign, Duration.ofSeconds(TOTAL_SECONDS), System::nanoTime);
  }

  /** What Quarkus calls in the end; where it could not even start, the settings are to blame. */
  static void ended(int exitCode, @Nullable Throwable failure) {
    if (failure == null) {
      System.exit(exitCode);
    }
    try (Rounds rounds = rounds(new ForeignText(List.of()))) {
      problems(failure).forEach(problem -> rounds.tell(Finding.fail("settings", problem, "")));
      rounds.skip(
          "the settings are wrong", Examination.CHECKS.subList(1, Examination.CHECKS.size()));
    }
    System.exit(1);
  }

  /** One line for each; others' messages may hold what is secret. */
  private static List<String> problems(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConfigurationException || cause instanceof ConfigValidationException) {
        List<String> lines =
            String.valueOf(cause.getMessage())
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        return lines.size() > 1 ? lines.subList(1, lines.size()) : lines;
      }
    }
    return List.of(
        "the sidecar cannot start ("
            + Optional.ofNullable(failure).map(Throwable::getClass).map(Class::getName).orElse("")
            + "); start it without "
            + Main.DOCTOR
            + " to see more");
  }
}
