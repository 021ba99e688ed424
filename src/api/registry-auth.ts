import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { invalid } from '../domain/errors.ts';
import { withRegistryAuth } from '../swarm/registry-credentials.ts';
import { sendProblem } from './send-problem.ts';

const BASE64URL = /^[A-Za-z0-9_+/-]*={0,2}$/;

/** Lets requests bring credentials for the registry of an image. They are never stored, logged or repeated in an answer. */
export function takeRegistryAuth(fastify: FastifyInstance): void {
  // Not before the body is read: its events belong to the socket, not to the request.
  fastify.addHook('preHandler', (request, reply, done) => {
    const header = request.headers['x-registry-auth'];
    if (header === undefined || header === '') done();
    else if (typeof header === 'string' && isCredentials(header)) withRegistryAuth(header, done);
    else {
      sendProblem(
        reply,
        invalid([
          {
            pointer: '',
            detail:
              'X-Registry-Auth must be base64url of a JSON object, as for the Engine API: {"username": …, "password": …, "serveraddress": …} or {"identitytoken": …}.',
          },
        ]),
      );
    }
  });
}

/** Documents that a REST handler passes credentials for a registry on. */
export function TakesRegistryAuth(): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: 'X-Registry-Auth',
      required: false,
      description:
        'Credentials for the registry of the image, as for the Engine API: base64url of JSON. Passed on to Swarm with this write, and kept nowhere else.',
    }),
  );
}

function isCredentials(header: string): boolean {
  if (!BASE64URL.test(header)) return false;
  try {
    const value = JSON.parse(Buffer.from(header, 'base64url').toString()) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
