/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.manual;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.k8s.Kustomization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is checked of a command that the tests of the manual cannot run. */
final class NotRun {
  private static final Pattern PROFILE = Pattern.compile(" -P(\\w+)");
  private static final Pattern PROPERTY = Pattern.compile(" -D([\\w.]+)");
  private static final Pattern DOCKER = Pattern.compile("docker build -f (\\S+) .*");
  private static final Pattern APPLY = Pattern.compile("kubectl apply -k (\\S+)");

  private NotRun() {}

  /** Fails where what the command leans on is not there, or where no rule knows the command. */
  static void check(String command) {
    Matcher docker = DOCKER.matcher(command);
    Matcher apply = APPLY.matcher(command);
    if (command.startsWith("./mvnw ")) {
      maven(command);
    } else if (command.startsWith("apt-get install ")) {
      assertThat(text(".ci/run")).as(command).contains(List.of(command.substring(16).split(" ")));
    } else if (docker.matches()) {
      assertThat(Path.of(docker.group(1))).isRegularFile();
    } else if (apply.matches()) {
      Kustomization _ = Kustomization.build(Path.of(apply.group(1)));
    } else {
      throw new AssertionError("nothing is known to check of: " + command);
    }
  }

  /** The profile and the properties are there. Who runs the command, the page says. */
  private static void maven(String command) {
    String pom = text("pom.xml");
    Matcher profile = PROFILE.matcher(command);
    while (profile.find()) {
      assertThat(pom).as(command).contains("<id>" + profile.group(1) + "</id>");
    }
    Matcher property = PROPERTY.matcher(command);
    while (property.find()) {
      assertThat(pom).as(command).contains(property.group(1));
    }
  }

  private static String text(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
