import type { Principal } from '../domain/role.ts';

/** What a GraphQL operation knows of the request it came in, over HTTP or WebSocket. */
export interface RequestContext {
  readonly requestId: string;
  readonly principal: Principal;
}
