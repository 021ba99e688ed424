import type { FastifyInstance } from 'fastify';
import { EVENT_STREAM_TYPE, EventStream } from './event-stream.ts';

/**
 * Sends an `EventStream` that a handler returns. Must be the last hook that looks at an answer: the stream takes the
 * response over, so that nothing of the framework's is kept, or runs, for as long as the client stays.
 */
export function sendEventStreams(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (!(payload instanceof EventStream)) return done(null, payload);
    void reply.header('Content-Type', EVENT_STREAM_TYPE);
    if (request.method === 'HEAD') {
      payload.destroy();
      return done(null, '');
    }
    const { raw } = reply.hijack();
    // What waits for the end of the response would keep all of the request in memory, thousands of times.
    for (const event of ['close', 'error', 'finish']) raw.removeAllListeners(event);
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) raw.setHeader(name, value);
    }
    payload.pipe(raw);
  });
}
