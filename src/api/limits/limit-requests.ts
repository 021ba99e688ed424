import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { DomainError } from '../../domain/errors.ts';
import type { Principal } from '../../domain/role.ts';
import type { Authenticator } from '../authenticator.ts';
import { credentialsOf } from '../credentials.ts';
import { GRAPHQL_PATH } from '../graphql/endpoint.ts';
import type { Proving } from '../proof.ts';
import type { FailedProofs } from './failed-proofs.ts';
import type { Limits } from './limits.ts';
import { rateLeft, ratePolicy } from './rate-headers.ts';
import { refuseAtOnce } from './refuse.ts';
import { Visit } from './visit.ts';

/** Paths that answer anybody, at any time, and at once. */
const OPEN = /^\/(livez|readyz|openapi\.json|docs(\/.*)?)$/;

const READS: readonly string[] = ['GET', 'HEAD'];

type Request = FastifyRequest & Proving & { visit?: Visit };

/**
 * Finds out who makes a request, before its body is read, and refuses it when they ask too much. Such a refusal is as
 * cheap as one can be, and not on record: must come before `recordWrites`.
 */
export function limitRequests(
  fastify: FastifyInstance,
  authenticator: Authenticator,
  failedProofs: FailedProofs,
  limits: Limits,
): void {
  const { requests } = limits.settings;
  const policy = requests && ratePolicy(requests);

  fastify.addHook('onRequest', (request: Request, reply, done) => {
    const { url } = request.routeOptions;
    if (url === undefined || OPEN.test(url)) return done();
    const refuse = (error: DomainError): void => refuseAtOnce(reply, error, url === GRAPHQL_PATH);
    const unproven = (error: unknown): void => {
      // A ticket is a proof, too, which its route looks at.
      const tooMany = hasTicket(request) ? undefined : failedProofs.count(error, request.ip);
      if (tooMany) return refuse(tooMany);
      request.unproven = { error };
      done();
    };
    const proven = (principal: Principal): void => {
      // Nobody waits for it any more, and nothing may be left to say so.
      if (request.raw.socket.destroyed) return;
      request.principal = principal;
      const account = limits.accountOf(principal);
      const now = limits.now();
      const refusal = limits.count(account, now);
      if (policy !== null && account.requests) {
        void reply.header('RateLimit-Policy', policy).header('RateLimit', rateLeft(account.requests, now));
      }
      if (refusal) return refuse(refusal);
      const visit = new Visit(account);
      request.visit = visit;
      reply.raw.once('close', () => visit.leave());
      limits.begin(visit, now, done, refuse);
    };
    settle(() => authenticator.authenticate(credentialsOf(request.raw, request.ip)), proven, unproven);
  });

  // Streams have a limit of their own, and forget who waits for their end (`sendEventStreams`).
  fastify.addHook('onSend', (request: Request, _reply, payload, done) => {
    if (typeof (payload as { pipe?: unknown } | null | undefined)?.pipe === 'function') {
      request.visit?.leave();
    }
    done(null, payload);
  });
}

/** Only streams take tickets, which are read. */
function hasTicket({ method, query, headers }: FastifyRequest): boolean {
  const { ticket } = query as { ticket?: unknown };
  return READS.includes(method) && typeof ticket === 'string' && headers.authorization === undefined;
}

/** Calls back with what comes of something: at once, unless it is promised. */
function settle<T>(
  make: () => T | Promise<T>,
  done: (value: T) => void,
  failed: (error: unknown) => void,
): void {
  let made: T | Promise<T>;
  try {
    made = make();
  } catch (error) {
    return failed(error);
  }
  if (made instanceof Promise) void made.then(done, failed);
  else done(made);
}
