import { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Nothing in an answer of the API is to be run, shown or framed by a browser. Pages have policies of their own. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";
/** A year, for this name alone: of names below it we know nothing. */
const TRANSPORT_SECURITY = 'max-age=31536000';

/** What every answer says where its handler says nothing else; browsers heed it, other clients need not. */
const HEADERS: Readonly<Record<string, string>> = {
  // Of refusals, and of what writes answer, such as a new token. Answers that can be used again say so.
  'Cache-Control': 'no-store',
  'Content-Security-Policy': API_POLICY,
  // Pages of origins that are listed ask with CORS, which this is not about.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};
const TLS_HEADERS = { ...HEADERS, 'Strict-Transport-Security': TRANSPORT_SECURITY };

/** The headers of an answer on a connection. Without TLS nobody could believe that there is to be TLS (RFC 6797, 7.2). */
export function securityHeaders(socket: unknown): Readonly<Record<string, string>> {
  return socket instanceof TLSSocket ? TLS_HEADERS : HEADERS;
}

/**
 * Gives every answer the headers of `securityHeaders`. Must come after what asks `Cache-Control` whether an answer may be
 * sent again or compressed, and before what takes responses over.
 */
export function secureAnswers(fastify: FastifyInstance): void {
  fastify.addHook('onSend', ({ raw }, reply, payload, done) => {
    for (const [name, value] of Object.entries(securityHeaders(raw.socket))) {
      if (!reply.hasHeader(name)) void reply.header(name, value);
    }
    done(null, payload);
  });
}

/** What pages of ours do not need, and so no script in them can have. */
const PERMISSIONS = ['camera', 'display-capture', 'geolocation', 'microphone', 'payment', 'usb']
  .map((feature) => `${feature}=()`)
  .join(', ');

/** The headers of a page and of its parts, which may load and ask nothing but this server. */
export function pageHeaders(directives: Readonly<Record<string, string>>): Record<string, string> {
  const policy = {
    'default-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    ...directives,
  };
  const text = Object.entries(policy).map(([directive, sources]) => `${directive} ${sources}`);
  return { 'Content-Security-Policy': text.join('; '), 'Permissions-Policy': PERMISSIONS };
}

/** Whether a request is for a page, or a part of one, at or below this path. */
export function isOfPage({ routeOptions: { url = '' } }: FastifyRequest, path: string): boolean {
  return url === path || url.startsWith(`${path}/`);
}
