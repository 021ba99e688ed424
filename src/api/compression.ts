import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

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
    const { body, takes } = {
      body: typeof payload === 'string' ? Buffer.from(payload) : payload,
      takes: takesGzip(request.headers['accept-encoding']),
    };
    const type = String(reply.getHeader('Content-Type') ?? '');
    if (
      !Buffer.isBuffer(body) ||
      body.length < WORTHWHILE ||
      !COMPRESSIBLE.test(type) ||
      reply.hasHeader('Content-Encoding') ||
      reply.getHeader('Cache-Control') === 'no-store'
    ) {
      return done(null, payload);
    }
    void reply.header('Vary', 'Accept-Encoding, Authorization');
    if (!takes) return done(null, payload);
    void reply.header('Content-Encoding', 'gzip').removeHeader('Content-Length');
    gzipOf(body).then((smaller) => done(null, smaller), done);
  });
}

function gzipOf(body: Buffer): Promise<Buffer> {
  let smaller = compressed.get(body);
  if (smaller === undefined) {
    smaller = compress(body, { level: LEVEL, strategy: constants.Z_DEFAULT_STRATEGY });
    compressed.set(body, smaller);
  }
  return smaller;
}

/** Whether `Accept-Encoding` (RFC 9110, 12.5.3) names gzip or anything, and not with the weight 0. */
export function takesGzip(accept: string | string[] | undefined): boolean {
  const weights = new Map(
    String(accept ?? '')
      .split(',')
      .map((coding) => {
        const [name = '', ...parameters] = coding.split(';').map((part) => part.trim().toLowerCase());
        const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
        return [name, weight === undefined ? 1 : Number(weight)];
      }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}
