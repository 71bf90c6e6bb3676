/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/**
 * The package table of the architecture as rules below any root package, so that the same rules run
 * against the product and against a sample that breaks each of them.
 */
final class ArchitectureRules {
  private static final Pattern UNWANTED_NAME =
      Pattern.compile("(^|[a-z0-9])(Manager|Helper|Utils?|Impl|Base|Abstract)(?![a-z])");

  /** What every package may use. */
  private static final List<String> JDK =
      List.of("java..", "javax.crypto..", "javax.sql..", "org.jspecify..");

  private static final String LOGGING = "org.jboss.logging..";

  private final String root;
  private final Map<String, ArchRule> rules = new LinkedHashMap<>();

  private ArchitectureRules(String root) {
    this.root = root;
  }

  /** All rules by name. */
  static Map<String, ArchRule> below(String root) {
    ArchitectureRules made = new ArchitectureRules(root);
    made.packageTable();
    made.everywhere();
    // A rule that finds nothing to check has lost its package.
    made.rules.replaceAll((name, rule) -> rule.allowEmptyShould(false));
    return made.rules;
  }

  private void packageTable() {
    core("invalidation", List.of());
    core("source", List.of("invalidation"));
    core("pipeline", List.of("invalidation", "source"), LOGGING);
    core(
        "cache",
        List.of("invalidation", "source", "pipeline"),
        LOGGING,
        "com.github.benmanes.caffeine..");
    core(
        "source.postgres",
        List.of("invalidation", "source"),
        LOGGING,
        "org.postgresql..",
        "io.vertx..",
        "io.netty..",
        "com.fasterxml.jackson.core..");
    core(
        "config",
        List.of(),
        LOGGING,
        "io.smallrye.config..",
        "org.eclipse.microprofile.config..",
        "io.quarkus.arc..");
    core("webhook", List.of("invalidation", "source", "pipeline"), LOGGING);
    edge("rest", "cache", "invalidation", "source", "webhook");
    edge("observe", "cache", "invalidation", "pipeline", "source", "webhook");
    rules.put(
        "nothing imports dev",
        noClasses()
            .that(resideIn("").and(not(resideIn("dev"))))
            .should()
            .dependOnClassesThat(resideIn("dev")));
    rules.put(
        "Quarkus and CDI stay outside of the core",
        noClasses()
            .that(not(resideIn("app", "config", "rest", "observe", "dev")))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.quarkus..", "jakarta.."));
    rules.put("no cycles", slices().matching(root + ".(**)").should().beFreeOfCycles());
    rules.put(
        "every package is in the table",
        classes()
            .should()
            .resideInAnyPackage(
                packages(
                    "invalidation",
                    "source",
                    "source.postgres",
                    "pipeline",
                    "cache",
                    "webhook",
                    "config",
                    "rest",
                    "observe",
                    "app",
                    "dev")));
  }

  /** A package that uses nothing but these of ours and these libraries. */
  private void core(String name, List<String> ours, String... libraries) {
    String[] own = Stream.concat(Stream.of(name), ours.stream()).toArray(String[]::new);
    String[] foreign = Stream.concat(JDK.stream(), Stream.of(libraries)).toArray(String[]::new);
    only(name, resideInAnyPackage(packages(own)).or(resideInAnyPackage(foreign)));
  }

  /** A package that uses nothing but these of ours, and any library. */
  private void edge(String name, String... ours) {
    String[] own = Stream.concat(Stream.of(name), Stream.of(ours)).toArray(String[]::new);
    only(name, resideInAnyPackage(packages(own)).or(not(resideIn(""))));
  }

  private void only(String name, DescribedPredicate<JavaClass> allowed) {
    rules.put(
        name + " imports what the table allows",
        classes()
            .that()
            .resideInAPackage(root + "." + name)
            .should()
            .onlyDependOnClassesThat(allowed));
  }

  /** Exactly these packages. */
  private String[] packages(String... names) {
    return Stream.of(names).map(name -> root + "." + name).toArray(String[]::new);
  }

  /** These packages and all below them; the empty name is the root. */
  private DescribedPredicate<JavaClass> resideIn(String... names) {
    return resideInAnyPackage(
        Stream.of(names)
            .map(name -> name.isEmpty() ? root + ".." : root + "." + name + "..")
            .toArray(String[]::new));
  }

  private void everywhere() {
    rules.put(
        "names say what a thing is",
        noClasses()
            .should(
                ArchCondition.from(
                    DescribedPredicate.<JavaClass>describe(
                        "are named like " + UNWANTED_NAME,
                        type -> UNWANTED_NAME.matcher(type.getSimpleName()).find())))
            .because("a name is a noun of the domain"));
    rules.put(
        "every package is null-marked",
        classes()
            .should(
                ArchCondition.from(
                    DescribedPredicate.<JavaClass>describe(
                        "are in a package with @NullMarked",
                        type -> type.getPackage().isAnnotatedWith(NullMarked.class))))
            .because("NullAway checks those alone"));
    rules.put(
        "nothing sleeps",
        noClasses()
            .should()
            .accessTargetWhere(
                DescribedPredicate.<JavaAccess<?>>describe(
                    "the target is Thread.sleep",
                    access ->
                        access.getTargetOwner().isEquivalentTo(Thread.class)
                            && access.getTarget().getName().equals("sleep")))
            .because("time is injected"));
  }
}
