import { createHash } from 'node:crypto';
import type { RoutedServer } from '../domain/router-config.ts';

// Names in HAProxy are made of ids and hashes. No text of a route is ever one.

/** Of a route's backend. */
export const backendName = (routeId: string): string => `r_${routeId}`;
/** Of the table that counts the requests of clients to a route. */
export const limiterName = (routeId: string): string => `q_${routeId}`;
/** Of the users of a route. */
export const userlistName = (routeId: string): string => `u_${routeId}`;
/** Of a server of a route; it is also what a sticky cookie says. */
export const serverName = ({ id, port }: Pick<RoutedServer, 'id' | 'port'>): string => `t_${id}_${port}`;
/** Of an ACL, by what it says. */
export const conditionName = (text: string): string => `k_${shortHash(text)}`;
/** Of a list of routes that are tried in turn. */
export const chainName = (routeIds: readonly string[]): string => `c_${shortHash(routeIds.join(' '))}`;

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** The id of the route that a backend is of; undefined of other proxies. */
export function routeOf(backend: string): string | undefined {
  return /^r_([0-9a-f]{16})$/.exec(backend)?.[1];
}

/** The id and port of the server with this name; undefined of other names. */
export function serverOf(name: string): { readonly id: string; readonly port: number } | undefined {
  const [, id, port] = /^t_([a-zA-Z0-9]{1,64})_([0-9]{1,5})$/.exec(name) ?? [];
  return id === undefined ? undefined : { id, port: Number(port) };
}
