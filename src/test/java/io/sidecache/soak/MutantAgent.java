/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * Switches off one {@link Mutation} in the JVM that it is loaded into. Says so there once it is
 * done, and ends that JVM where it cannot be done: a mutant that is none must not pass.
 */
public final class MutantAgent {
  /** What the mutant prints before its name. */
  static final String AT_WORK = "mutant at work: ";

  private static final int CANNOT = 97;

  private MutantAgent() {}

  /** Called by the JVM before the application's {@code main}. */
  public static void premain(String name, Instrumentation instrumentation) {
    Mutation mutation = Mutation.valueOf(name);
    instrumentation.addTransformer(
        new ClassFileTransformer() {
          @Override
          public byte @Nullable [] transform(
              @Nullable ClassLoader loader,
              String type,
              @Nullable Class<?> redefined,
              @Nullable ProtectionDomain domain,
              byte[] original) {
            return mutation.type().equals(type) ? mutated(mutation, original) : null;
          }
        });
  }

  @SuppressWarnings("SystemOut") // the application's own log is not up yet
  private static byte[] mutated(Mutation mutation, byte[] original) {
    try {
      byte[] result = mutation.applyTo(original);
      System.out.println(AT_WORK + mutation);
      return result;
    } catch (RuntimeException e) {
      System.out.println(e);
      Runtime.getRuntime().halt(CANNOT); // the JVM would ignore an exception here
      throw e;
    }
  }

  /** Writes the jar that {@code -javaagent} wants. */
  static Path writeJar(Path jar) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest
        .getMainAttributes()
        .put(new Attributes.Name("Premain-Class"), MutantAgent.class.getName());
    Files.createDirectories(jar.toAbsolutePath().getParent());
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out, manifest)) {
      for (String type :
          List.of("MutantAgent", "MutantAgent$1", "Mutation", "Mutation$1", "Mutation$Body")) {
        try (InputStream in = MutantAgent.class.getResourceAsStream(type + ".class")) {
          if (in != null) { // the compiler decides which helpers there are
            entries.putNextEntry(new JarEntry("io/sidecache/soak/" + type + ".class"));
            in.transferTo(entries);
            entries.closeEntry();
          }
        }
      }
    }
    return jar;
  }
}
