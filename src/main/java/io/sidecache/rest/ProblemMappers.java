/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.NotSupportedException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Turns whatever ends a JAX-RS request badly into a problem. */
class ProblemMappers {
  private static final Logger LOG = Logger.getLogger(ProblemMappers.class);

  /** What the JAX-RS resources of today allow; the framework does not tell. */
  private static final String READING = "GET, HEAD";

  @ServerExceptionMapper
  Response problem(ProblemException e) {
    return response(e.problem()).build();
  }

  @ServerExceptionMapper
  Response refused(WebApplicationException e, UriInfo uri) {
    return switch (e) {
      case NotFoundException ignored -> response(Problem.notFound()).build();
      case NotAllowedException ignored -> {
        String allowed = allowed(uri.getPath());
        yield response(Problem.methodNotAllowed(allowed))
            .header(HttpHeaders.ALLOW, allowed)
            .build();
      }
      case NotSupportedException ignored ->
          response(Problem.unsupportedMediaType("application/json")).build();
      default -> other(e);
    };
  }

  @ServerExceptionMapper
  Response unforeseen(RuntimeException e) {
    LOG.error("a request failed in an unforeseen way", e);
    return response(Problem.internal()).build();
  }

  private static String allowed(String path) {
    return path.endsWith("/replay") ? "POST" : READING;
  }

  private static Response other(WebApplicationException e) {
    int status = e.getResponse().getStatus();
    if (status >= 400 && status < 500) {
      return response(
              new Problem(
                  status,
                  "invalid-request",
                  "Not understood",
                  e.getResponse().getStatusInfo().getReasonPhrase()))
          .build();
    }
    LOG.error("a request failed in an unforeseen way", e);
    return response(Problem.internal()).build();
  }

  private static Response.ResponseBuilder response(Problem problem) {
    return Response.status(problem.status())
        .type(Problem.MEDIA_TYPE)
        .entity(problem.toJson().encode());
  }
}
