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

/**
 * The same of what comes over a WebSocket that this request has opened.
 * @param address as `ClientAddresses` tells it
 */
export function originOfSocket(
  { headers }: IncomingMessage,
  address: string | undefined,
  requestId: string,
  actor: Principal | null,
): AuditOrigin {
  return {
    requestId,
    surface: 'websocket',
    actor,
    address: address ?? null,
    userAgent: shortUserAgent(headers['user-agent']),
  };
}
