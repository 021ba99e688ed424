import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { addToVary } from './vary.ts';
import { parseWeights } from './weights.ts';

/** Below this size, in bytes, an answer fits in one packet anyway. */
const WORTHWHILE = 1_400;
/** Most of what the best level saves, in a third of its time. */
const LEVEL = 4;
const COMPRESSIBLE = /^(text\/|application\/(\S+\+)?(json|javascript|xml|yaml))/;

const compress = promisify(gzip);
/** What is sent again and again is compressed once. */
const compressed = new WeakMap<Buffer, Promise<Buffer>>();

/**
 * Compresses answers with gzip for clients that take it, off the main thread. Left as they are: streams, what is short,
 * and what must not be stored, because it holds secrets, which the size of a compressed answer can tell.
 */
export function compressAnswers(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (!isWorthwhile(payload) || !isCompressible(reply)) return done(null, payload);
    addToVary(reply, 'Accept-Encoding', 'Authorization');
    if (!takesGzip(request.headers['accept-encoding'])) return done(null, payload);
    void reply.header('Content-Encoding', 'gzip').removeHeader('Content-Length');
    gzipOf(payload).then((smaller) => done(null, smaller), done);
  });
}

function isWorthwhile(payload: unknown): payload is Buffer | string {
  return (
    (typeof payload === 'string' || Buffer.isBuffer(payload)) && Buffer.byteLength(payload) >= WORTHWHILE
  );
}

function isCompressible(reply: FastifyReply): boolean {
  return (
    COMPRESSIBLE.test(String(reply.getHeader('Content-Type') ?? '')) &&
    !reply.hasHeader('Content-Encoding') &&
    reply.getHeader('Cache-Control') !== 'no-store'
  );
}

function gzipOf(payload: Buffer | string): Promise<Buffer> {
  // Only bytes are ever sent again: a text is made for one answer.
  if (typeof payload === 'string') return compress(payload, { level: LEVEL });
  let smaller = compressed.get(payload);
  if (smaller === undefined) {
    smaller = compress(payload, { level: LEVEL });
    compressed.set(payload, smaller);
  }
  return smaller;
}

/** Whether `Accept-Encoding` (RFC 9110, 12.5.3) names gzip or anything, and not with the weight 0. */
export function takesGzip(accept: string | string[] | undefined): boolean {
  const weights = parseWeights(String(accept ?? ''));
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}
