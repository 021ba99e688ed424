import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ShutdownSignal } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { AppModule, type AppSettings } from './app.module.ts';
import { compressAnswers } from './api/compression.ts';
import { AuditTrail } from './api/audit-trail.ts';
import { knowAskers } from './api/asker.ts';
import { answerConditionally } from './api/conditional-get.ts';
import { PinoLogger } from './api/logger.ts';
import { serveDocs } from './api/docs.ts';
import { serveGraphiql } from './api/graphiql.ts';
import { fromFramework } from './api/http-errors.ts';
import { acceptJson } from './api/json-body.ts';
import { answerMalformed } from './api/malformed-request.ts';
import { toJson } from './api/json.ts';
import { Authenticator } from './api/authenticator.ts';
import { FailedProofs } from './api/limits/failed-proofs.ts';
import { limitRequests } from './api/limits/limit-requests.ts';
import { limitServer } from './api/limits/limit-server.ts';
import { Limits } from './api/limits/limits.ts';
import { Metrics } from './api/metrics.ts';
import { recordWrites } from './api/rest-record.ts';
import { takeRegistryAuth } from './api/registry-auth.ts';
import { sendProblem } from './api/send-problem.ts';
import { sendWriteStatuses } from './api/rest-write.ts';
import { secureAnswers, securityHeaders } from './api/security-headers.ts';
import { sendEventStreams } from './api/send-event-streams.ts';
import { STALE_HEADER, tellStaleness } from './api/staleness.ts';
import { addToVary } from './api/vary.ts';
import { ClusterState } from './swarm/cluster-state.ts';
import type { SwarmPorts } from './swarm/swarm.module.ts';

const MAX_BODY_BYTES = 1024 * 1024;
/** Ids are short; this leaves room for names and for references that get a useful answer. */
const MAX_PARAMETER_LENGTH = 256;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Makes the server; the caller listens, or only asks it for its documents. */
export async function createApp(
  ports: SwarmPorts,
  settings: AppSettings,
  logger: Logger,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAMETER_LENGTH },
    genReqId: (request: IncomingMessage) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    // A path that cannot be decoded never reaches the filter.
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(
        reply.headers({ ...securityHeaders(request.raw.socket), 'X-Request-Id': request.id }),
        fromFramework(error),
      ),
    clientErrorHandler: answerMalformed,
    trustProxy: [...(settings.limits?.trustedProxies ?? [])],
    ...(settings.tls && { https: settings.tls.options }),
  });
  const fastify = adapter.getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id);
    done();
  });
  // Fastify takes bytes as well as text here; its type says only text.
  fastify.setReplySerializer(toJson as unknown as (payload: unknown) => string);
  knowAskers(fastify);
  acceptJson(fastify, ['application/json', 'application/merge-patch+json'], (_text, json) => json);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(ports, settings), adapter, {
    logger: new PinoLogger(logger),
    bodyParser: false,
    // The caller tells what is wrong; by itself Nest would abort the process.
    abortOnError: false,
  });
  if (settings.allowedOrigins?.length) allowOrigins(app, settings.allowedOrigins);
  // Answers of CORS and its headers come first: preflights bring no proof, and pages are to see why they are refused.
  await fastify.after();
  app.get(Metrics, { strict: false }).observe(fastify);
  const limits = app.get(Limits, { strict: false });
  limitServer(fastify.server, limits.settings);
  limitRequests(
    fastify,
    app.get(Authenticator, { strict: false }),
    app.get(FailedProofs, { strict: false }),
    limits,
  );
  recordWrites(fastify, app.get(AuditTrail, { strict: false }));
  tellStaleness(fastify, app.get(ClusterState, { strict: false }));
  answerConditionally(fastify);
  compressAnswers(fastify);
  secureAnswers(fastify);
  sendEventStreams(fastify);
  sendWriteStatuses(fastify);
  takeRegistryAuth(fastify);
  serveDocs(app);
  serveGraphiql(fastify);
  // A stop that was asked for is no failure: exit with 0, not by the signal.
  app.enableShutdownHooks([ShutdownSignal.SIGINT, ShutdownSignal.SIGTERM], { useProcessExit: true });
  return app;
}

/** Lets browsers use the API from pages of these origins (CORS). No cookies are involved. */
function allowOrigins(app: NestFastifyApplication, origins: readonly string[]): void {
  // CORS says so at the start; a handler that sets the header itself would take it back.
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onSend', (_request, reply, payload, done) => {
      addToVary(reply, 'Origin');
      done(null, payload);
    });
  app.enableCors({
    origin: [...origins],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: [
      'ETag',
      'Idempotency-Replayed',
      'Preference-Applied',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      STALE_HEADER,
      'X-Request-Id',
    ],
  });
}
