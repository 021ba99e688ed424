import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module.ts';
import { PinoLogger } from './api/logger.ts';
import { serveDocs } from './api/docs.ts';
import type { SwarmPorts } from './swarm/swarm.module.ts';

const MAX_BODY_BYTES = 1024 * 1024;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Makes the server; the caller listens, or only asks it for its documents. */
export async function createApp(ports: SwarmPorts, adminToken: string, logger: Logger): Promise<NestFastifyApplication> {
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
  app.useBodyParser('application/merge-patch+json', { bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
    done(null, JSON.parse(body.toString()) as unknown),
  );
  serveDocs(app);
  app.enableShutdownHooks();
  return app;
}
