import type { IncomingMessage } from 'node:http';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { DomainError, invalid } from '../../domain/errors.ts';
import type { AllowedOrigins } from '../allowed-origins.ts';
import { GRAPHQL_PATH } from './endpoint.ts';

const ELSEWHERE = new DomainError('not-found', `WebSockets are taken at ${GRAPHQL_PATH} alone.`);
const OTHER_ORIGIN = new DomainError(
  'forbidden',
  'Pages of this origin may not use the API. SWARMPLANE_ALLOWED_ORIGINS lists those that may.',
);
const OTHER_PROTOCOL = invalid([
  { pointer: '', detail: `Name the subprotocol ${GRAPHQL_TRANSPORT_WS_PROTOCOL} in Sec-WebSocket-Protocol.` },
]);

/** What is wrong with a handshake that `ws` does not take. */
export const NO_HANDSHAKE = invalid([
  { pointer: '', detail: 'This is no handshake of WebSockets, version 13.' },
]);

/** Why a WebSocket is not opened for a request; undefined when it is. */
export function upgradeRefusal(
  { url, headers }: IncomingMessage,
  origins: AllowedOrigins,
): DomainError | undefined {
  const protocols = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  if (url?.split('?')[0] !== GRAPHQL_PATH) return ELSEWHERE;
  if (!origins.allows(headers)) return OTHER_ORIGIN;
  return protocols.includes(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? undefined : OTHER_PROTOCOL;
}
