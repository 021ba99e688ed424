import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module.ts';
import { PinoLogger } from './api/logger.ts';
import { serveDocs } from './api/docs.ts';
import type { SwarmPorts } from './swarm/swarm.module.ts';

const MAX_BODY_BYTES = 1024 * 1024;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Makes the server; the caller listens, or only asks it for its documents. */
export async function createApp(
  ports: SwarmPorts,
  adminToken: string,
  logger: Logger,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    genReqId: (request: IncomingMessage) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
  });
  const fastify = adapter.getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id);
    done();
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(ports, adminToken), adapter, {
    logger: new PinoLogger(logger),
  });
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  for (const type of ['application/json', 'application/merge-patch+json']) {
    // Clients send the type of a body also where there is none (`curl -X POST …/restart`): that is no error.
    app.useBodyParser(type, { bodyLimit: MAX_BODY_BYTES }, (request, body, done) => {
      if (body.length === 0) done(null, undefined);
      else void parseJson(request as FastifyRequest, body.toString(), done);
    });
  }
  serveDocs(app);
  app.enableShutdownHooks();
  return app;
}
