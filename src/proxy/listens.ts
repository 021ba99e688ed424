import { compareClaims, type ClaimedRoute } from '../domain/route-order.ts';
import type { RefusedRoute } from './model.ts';
import { backendName } from './names.ts';
import type { ProxySettings } from './settings.ts';

/** Who has which port for TCP, and who has not got it. A port that can not be had would keep all of HAProxy from starting. */
export function listensOf(
  routes: readonly ClaimedRoute[],
  { httpPort, httpsPort, takenPorts }: ProxySettings,
): { readonly listens: ReadonlyMap<number, string>; readonly refused: readonly RefusedRoute[] } {
  const listens = new Map<number, string>();
  const refused: RefusedRoute[] = [];
  const taken = new Set([httpPort, httpsPort, ...takenPorts]);
  for (const { id, spec } of [...routes].sort(olderFirst)) {
    const { listen } = spec;
    if (listen === null) continue;
    if (taken.has(listen)) {
      refused.push({ route: id, reason: `The port ${listen} of this router is taken. Choose another.` });
      continue;
    }
    taken.add(listen);
    listens.set(listen, backendName(id));
  }
  return { listens, refused };
}

const olderFirst = (a: ClaimedRoute, b: ClaimedRoute): number =>
  compareClaims({ host: '*', path: null, route: a }, { host: '*', path: null, route: b });
