import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { shortUserAgent, type AuditOrigin, type AuditSurface } from '../domain/audit.ts';
import type { Principal } from '../domain/role.ts';

/** Where a request comes from. Its principal is there once it is proven. */
export function originOf(request: FastifyRequest, surface: AuditSurface): AuditOrigin {
  return {
    requestId: request.id,
    surface,
    actor: (request as { readonly principal?: Principal }).principal ?? null,
    address: request.ip,
    userAgent: shortUserAgent(request.headers['user-agent']),
  };
}

/** The same of what comes over a WebSocket that this request has opened. */
export function originOfSocket(
  { socket, headers }: IncomingMessage,
  requestId: string,
  actor: Principal | null,
): AuditOrigin {
  return {
    requestId,
    surface: 'websocket',
    actor,
    address: socket.remoteAddress ?? null,
    userAgent: shortUserAgent(headers['user-agent']),
  };
}
