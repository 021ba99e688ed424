import type { FastifyInstance, FastifyRequest } from 'fastify';
import { deedOfRoute } from '../domain/deed.ts';
import type { AuditTrail } from './audit-trail.ts';
import { GRAPHQL_PATH } from './graphql/endpoint.ts';
import { originOf } from './request-origin.ts';
import { RequestRecord } from './request-record.ts';

/** The records of the requests that may write; they go with them. */
const records = new WeakMap<FastifyRequest, RequestRecord>();

const NO_CODE = 'INTERNAL';

/** The record of a request that may write. */
export function recordOfRequest(request: FastifyRequest): RequestRecord | undefined {
  return records.get(request);
}

/** Gives every request that may write its record, and sees to it that a refusal gets there, whoever has refused. */
export function recordWrites(fastify: FastifyInstance, trail: AuditTrail): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { url } = request.routeOptions;
    const deed = url === undefined || url === GRAPHQL_PATH ? null : deedOfRoute(request.method, url);
    if (deed) {
      records.set(
        request,
        new RequestRecord(trail, () => originOf(request, 'rest'), deed, `${request.method} ${url}`),
      );
    }
    done();
  });
  fastify.addHook('onSend', async (request, reply, payload) => {
    const record = reply.statusCode >= 400 ? records.get(request) : undefined;
    if (record) {
      const { params, body } = request;
      record.refersTo(Object.values(params ?? {})[0], (body as { name?: unknown } | null | undefined)?.name);
      await record.refused(codeIn(payload));
    }
    return payload;
  });
}

/** The code in a problem document. */
function codeIn(payload: unknown): string {
  const text = typeof payload === 'string' || Buffer.isBuffer(payload) ? String(payload) : '';
  return /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? NO_CODE;
}
