import type { FastifyInstance } from 'fastify';
import { contentHash } from './content-hash.ts';
import { addToVary } from './vary.ts';

/**
 * Gives every answer to a GET an entity tag, unless it has one or must not be stored, and answers 304 to a client that
 * has it already (RFC 9110, 13.1.2). The tags made here are weak: the same content can be sent compressed or not.
 */
export function answerConditionally(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const cacheControl = reply.getHeader('Cache-Control');
    if (!isRead || reply.statusCode !== 200 || cacheControl === 'no-store') return done(null, payload);
    if (!reply.hasHeader('ETag')) {
      if (!Buffer.isBuffer(payload) && typeof payload !== 'string') return done(null, payload);
      void reply.header('ETag', `W/"${contentHash(payload)}"`);
    }
    // To be kept by the client alone, and to be asked for again each time.
    if (cacheControl === undefined) void reply.header('Cache-Control', 'private, no-cache');
    if (!hasTag(request.headers['if-none-match'], String(reply.getHeader('ETag')))) {
      return done(null, payload);
    }
    // As the whole answer would, which may be compressed (RFC 9110, 15.4.5).
    addToVary(reply, 'Accept-Encoding', 'Authorization');
    void reply.status(304).removeHeader('Content-Type').removeHeader('Content-Length');
    done(null, null);
  });
}

/** Whether `If-None-Match` names the tag, by weak comparison. */
export function hasTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  const opaque = (one: string): string => one.trim().replace(/^W\//, '');
  return header.split(',').some((one) => opaque(one) === opaque(tag));
}
