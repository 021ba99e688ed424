import type { Principal } from '../domain/role.ts';
import type { GraphqlRecords } from './graphql/graphql-records.ts';
import type { PlannedField } from './graphql/graphql-write.ts';

/** What a GraphQL operation knows of the request it came in, over HTTP or WebSocket. */
export interface RequestContext {
  readonly requestId: string;
  readonly principal: Principal;
  /** Aborts when who asked has left. */
  readonly signal?: AbortSignal;
  /** The plans that the fields of a mutation have made so far. */
  readonly plans?: PlannedField[];
  /** Where the fields of a mutation put on record what they do. */
  readonly records?: GraphqlRecords;
}
