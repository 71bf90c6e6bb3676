/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

/**
 * A safeguard that can be switched off, by giving one method another body when its class is loaded.
 * The product itself has no switch for it.
 */
enum Mutation {
  /** A fill that an invalidation of its key has overtaken is stored. */
  KEY_FENCE("cache/Fence", "invalidateKey", Body.NOTHING),
  /** What an invalidation has overtaken while it was loaded or filled is stored all the same. */
  ADMISSION("cache/Fence", "admits", Body.TRUE),
  /** An invalidation of the whole cache is not noticed. */
  WHOLE_FENCE("cache/Fence", "invalidateAll", Body.NOTHING),
  /** An invalidation of a group is not noticed. */
  GROUP_FENCE("cache/Fence", "invalidateGroup", Body.NOTHING),
  /** What was missed in a gap is not read from the log. */
  CATCH_UP("source/postgres/LogReader", "missed", Body.ZERO),
  /** A server that has lost commits is taken for the one before. */
  IDENTITY("source/postgres/Cursor", "history", Body.TEXT),
  /** An invalidation is called done before it has come back. */
  BARRIER("source/postgres/PostgresSource", "publish", Body.DONE),
  /** A commit's position is called reached before anything proves it. */
  POSITION("source/postgres/PostgresSource", "await", Body.DONE),
  /** Once fresh, always fresh: no heartbeat has to be heard. */
  FRESHNESS("cache/Freshness", "isFresh", Body.TRUE);

  private static final String PRODUCT = "io/sidecache/";

  private final String type;
  private final String method;
  private final Body body;

  /** What a method does instead of its duty. */
  private enum Body {
    NOTHING,
    TRUE,
    ZERO,
    TEXT,
    DONE;

    void write(CodeBuilder code) {
      switch (this) {
        case NOTHING -> code.return_();
        case TRUE -> code.iconst_1().ireturn();
        case ZERO -> code.lconst_0().lreturn();
        case TEXT -> code.ldc("always the same").areturn();
        case DONE ->
            code.aconst_null()
                .invokestatic(
                    ClassDesc.of("java.util.concurrent.CompletableFuture"),
                    "completedStage",
                    MethodTypeDesc.of(
                        ClassDesc.of("java.util.concurrent.CompletionStage"),
                        ConstantDescs.CD_Object))
                .areturn();
      }
    }
  }

  Mutation(String type, String method, Body body) {
    this.type = PRODUCT + type;
    this.method = method;
    this.body = body;
  }

  /** The internal name of the class that it changes (JVMS 4.2.1). */
  String type() {
    return type;
  }

  /**
   * The class with the safeguard off.
   *
   * @throws IllegalStateException where the method is not there, or not alone of its name
   */
  byte[] applyTo(byte[] original) {
    ClassModel model = ClassFile.of().parse(original);
    long found = model.methods().stream().filter(m -> m.methodName().equalsString(method)).count();
    if (found != 1) {
      throw new IllegalStateException(
          name() + " cannot be switched off: " + type + " has " + found + " methods " + method);
    }
    return ClassFile.of()
        .transformClass(
            model,
            (target, element) -> {
              if (element instanceof MethodModel m && m.methodName().equalsString(method)) {
                target.withMethodBody(
                    m.methodName(), m.methodType(), m.flags().flagsMask(), body::write);
              } else {
                target.with(element);
              }
            });
  }
}
