import { Injectable } from '@nestjs/common';
import { InputPipe } from '../api/validation.pipe.ts';
import { isKind, type FieldError } from '../domain/errors.ts';
import { mergePatch } from '../domain/merge-patch.ts';
import type { StringMap } from '../domain/object.ts';
import type { Partly } from '../domain/partly.ts';
import { completeRoute } from '../domain/route-completion.ts';
import { checkRouteSpec } from '../domain/route-rules.ts';
import type { RouteSpec } from '../domain/route.ts';
import { ResourceStore, type Resource } from '../swarm/store/resource-store.ts';
import { ROUTE_ID, routeId, type DeclaredRoute } from './declared-route.ts';
import { RouteInput } from './route-input.types.ts';

const KIND = 'route';
const pipe = new InputPipe();

/** A route that was sent to the API, as the swarm keeps it. */
export interface RouteDocument {
  readonly spec: RouteSpec;
  /** The name of the token. */
  readonly createdBy: string;
  /** The marks of the create that made it (`api/idempotency.ts`). */
  readonly labels: StringMap;
}

export type RouteRecord = Resource<RouteDocument>;

/**
 * Routes that were sent to the API: in the swarm's own store, read from memory. The id is made of the name, so that
 * Swarm itself lets only one of two servers make a route of a name.
 */
@Injectable()
export class RouteRecords {
  constructor(private readonly store: ResourceStore) {}

  /** The array is the same one until one of them changes. */
  list(): readonly RouteRecord[] {
    return this.store.list<RouteDocument>(KIND);
  }

  create(document: RouteDocument): Promise<RouteRecord> {
    return this.store.create(KIND, idOfStored(document.spec.name), document);
  }

  /** Changes the record if it is still the newest. Fails `conflict` otherwise, `not-found` when it is gone. */
  update({ id, version, document }: RouteRecord, spec: RouteSpec): Promise<RouteRecord> {
    return this.store.update(KIND, id, version, { ...document, spec });
  }

  remove(id: string): Promise<void> {
    return this.store.remove(KIND, id);
  }
}

export const idOfStored = (name: string): string => routeId('api', name);

/** What a client says as a route. Fails `invalid` with everything that is wrong with it. */
export function specFrom(input: RouteInput): {
  readonly spec: RouteSpec;
  readonly errors: readonly FieldError[];
} {
  const spec = completeRoute(mergePatch({}, input) as Partly<RouteSpec> & Pick<RouteSpec, 'name'>);
  return { spec, errors: checkRouteSpec(spec) };
}

/**
 * The route that a record says. Whatever writes configs of the swarm can write this one, so it is read as what a client
 * sends: a wrong one is refused and stops nothing.
 */
export function routeOfRecord({ id, version, createdAt, document }: RouteRecord): DeclaredRoute {
  const owner: unknown = document.createdBy;
  const name: unknown = (document.spec as Partial<RouteSpec> | null | undefined)?.name;
  return {
    id,
    name: typeof name === 'string' ? name : id,
    version,
    source: 'api',
    service: null,
    owner: typeof owner === 'string' ? owner : null,
    claimedAt: createdAt,
    findings: [],
    ...specOf(id, document.spec),
  };
}

function specOf(id: string, said: unknown): Pick<DeclaredRoute, 'spec' | 'refusal'> {
  if (!ROUTE_ID.test(id)) {
    return { spec: null, refusal: 'Its id is none of a route. Delete it, and send it again.' };
  }
  try {
    const input = pipe.transform(said, { type: 'body', metatype: RouteInput }) as RouteInput;
    const { spec, errors } = specFrom(input);
    return errors[0] ? { spec: null, refusal: broken(errors[0]) } : { spec, refusal: null };
  } catch (error) {
    if (!isKind(error, 'invalid')) throw error;
    return { spec: null, refusal: broken(error.errors[0] ?? { pointer: '', detail: error.message }) };
  }
}

const broken = ({ pointer, detail }: FieldError): string =>
  `What is kept of it is no route (${pointer}: ${detail}). Replace it: PUT /v1/routes/{route}.`;
