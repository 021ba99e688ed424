import { Injectable } from '@nestjs/common';
import { assertMay } from '../api/access.ts';
import { assertVersion } from '../api/etag.ts';
import { IdempotentCreates } from '../api/idempotency.ts';
import type { Patience, Settled, Write } from '../api/write.ts';
import { HRM_LABEL } from '../domain/dialects/hrm.ts';
import { INTERLOCK_PREFIX } from '../domain/dialects/interlock.ts';
import { DomainError, invalid, refuse, type FieldError } from '../domain/errors.ts';
import { fieldChanges } from '../domain/field-changes.ts';
import type { StringMap } from '../domain/object.ts';
import { planOf } from '../domain/plan.ts';
import type { Principal } from '../domain/role.ts';
import { targetOf } from '../domain/route-target.ts';
import { ROUTE_DEFAULTS, type Dialect, type RouteSpec } from '../domain/route.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { retryOnConflict } from '../swarm/retry-on-conflict.ts';
import type { DeclaredRoute } from './declared-route.ts';
import type { KnownRoute } from './known-route.ts';
import { RouteAttachments } from './route-attachments.ts';
import { RouteBook } from './route-book.ts';
import type { RouteInput } from './route-input.types.ts';
import { idOfStored, RouteRecords, specFrom, type RouteRecord } from './route-records.ts';
import { RouteProgress } from './route-progress.ts';
import { RouteSight } from './route-sight.ts';
import { RouteViews } from './route-views.ts';
import { RoutesService } from './routes.service.ts';
import type { Route } from './routes.types.ts';

/** Routes as they are written: into the swarm's own store. Those of labels are not. */
@Injectable()
export class RouteWrites {
  private readonly creates: IdempotentCreates;

  constructor(
    private readonly state: ClusterState,
    private readonly book: RouteBook,
    private readonly sight: RouteSight,
    private readonly records: RouteRecords,
    private readonly routes: RoutesService,
    private readonly views: RouteViews,
    private readonly progress: RouteProgress,
    private readonly attachments: RouteAttachments,
  ) {
    this.creates = new IdempotentCreates(state);
  }

  /**
   * Creates a route. With a key, what an earlier create with it made is answered. Fails `invalid`, `name-taken`,
   * `conflict` for services that routers cannot reach, `key-reused`, `in-progress`.
   * @param attach whether such services are attached to a network of the routers first
   */
  create(input: RouteInput, by: Principal, key: string | null, attach: boolean): Write<Route> {
    return this.creates.write({
      key,
      body: input,
      objects: () =>
        this.records
          .list()
          .filter(({ id }) => this.isSeen(id, by))
          .map(({ id, document }) => ({ id, labels: document.labels ?? {} })),
      isNameTaken: () => this.book.get(idOfStored(input.name)) !== undefined,
      create: (labels) => this.unkeyedCreate(input, by, labels, attach),
      replay: ({ id }) => {
        const preview = this.shown(id, by);
        const { name, version } = preview;
        return { plan: planOf({ action: 'none', kind: 'route', id, name, version }), preview };
      },
    });
  }

  /**
   * Replaces what a route says. Fails `invalid`, `stale`, `not-found`, `ambiguous`, `conflict` for one of labels, and for
   * services that routers cannot reach.
   */
  update(reference: string, input: RouteInput, ifMatch: number | null, by: Principal): Write<Route> {
    const judge = (): { record: RouteRecord; before: KnownRoute; spec: RouteSpec } => {
      const before = this.writable(reference, 'update', ifMatch, by);
      const record = this.recordOf(before);
      const spec = this.judged(input, by);
      this.assertClaims(by, 'update', { ...before.declared, spec }, before.declared.spec);
      if (spec.name !== before.declared.name) {
        const detail = `A route keeps its name, "${before.declared.name}". Create another one, then delete this one.`;
        throw invalid([{ pointer: '/name', detail }]);
      }
      this.attachments.assertReached(spec);
      return { record, before, spec };
    };
    return {
      plan: () => {
        const { before, spec } = judge();
        const { id, name, version } = before.declared;
        const changes = fieldChanges(before.declared.spec ?? {}, spec);
        const action = changes.length > 0 ? 'update' : 'none';
        const after = this.book.preview({ ...before.declared, spec, refusal: null });
        return {
          plan: planOf({
            action,
            kind: 'route',
            id,
            name,
            version,
            changes,
            warnings: warningsOf(after),
          }),
          preview: this.routes.whole(this.views.of(after, by)),
        };
      },
      apply: () =>
        retryOnConflict(async () => {
          const { record, before, spec } = judge();
          if (fieldChanges(before.declared.spec ?? {}, spec).length > 0) {
            await this.records.update(record, spec);
          }
          return this.shown(record.id, by);
        }),
      settle: (route, patience) => this.settled(route, by, patience),
    };
  }

  /** Deletes a route and answers its id. Fails `not-found`, `ambiguous`, `stale`, `conflict` for one of labels. */
  delete(reference: string, ifMatch: number | null): Write<string> {
    return {
      plan: (by) => {
        const { id, name, version } = this.writable(reference, 'delete', ifMatch, by).declared;
        return {
          plan: planOf({ action: 'delete', kind: 'route', id, name, version }),
          preview: id,
        };
      },
      apply: async (by) => {
        const { id } = this.writable(reference, 'delete', ifMatch, by).declared;
        await this.records.remove(id);
        return id;
      },
    };
  }

  private unkeyedCreate(input: RouteInput, by: Principal, labels: StringMap, attach: boolean): Write<Route> {
    const judge = (): { spec: RouteSpec; declared: DeclaredRoute } => {
      const spec = this.judged(input, by);
      const declared = newRoute(spec, by);
      this.assertClaims(by, 'create', declared, null);
      const { id, name } = declared;
      if (this.book.get(id)) {
        const detail = `There is a route "${name}" already (${id}). Choose another name, or replace that one: PUT /v1/routes/${id}.`;
        throw new DomainError('name-taken', detail);
      }
      if (!attach) this.attachments.assertReached(spec);
      return { spec, declared };
    };
    return {
      plan: async () => {
        const { spec, declared } = judge();
        const { name } = spec;
        const preview = this.book.preview(declared);
        const attached = attach ? await this.attachments.plan(spec, by) : { warnings: [] };
        const plan = planOf({
          action: 'create',
          kind: 'route',
          id: null,
          name,
          version: null,
          changes: fieldChanges({ ...ROUTE_DEFAULTS }, spec),
          ...attached,
          warnings: [...attached.warnings, ...warningsOf(preview)],
        });
        return { plan, preview: this.routes.whole(this.views.of(preview, by)) };
      },
      apply: async () => {
        const { spec, declared } = judge();
        if (attach) await this.attachments.apply(spec, by);
        await this.records.create({ spec, createdBy: by.name, labels });
        return this.shown(declared.id, by);
      },
      settle: (route, patience) => this.settled(route, by, patience),
    };
  }

  /** What a client says. Fails `invalid` for what is wrong with it, and `conflict` for what the swarm does not have. */
  private judged(input: RouteInput, by: Principal): RouteSpec {
    this.state.assertSynced();
    const { spec, errors } = specFrom(input);
    refuse(errors);
    refuse(
      spec.backends.flatMap(({ service }, index): FieldError[] =>
        this.isVisible(service, by)
          ? []
          : [{ pointer: `/backends/${index}/service`, detail: `There is no service "${service}".` }],
      ),
    );
    const { refusal } = targetOf(spec, null, this.book.surroundings);
    if (refusal !== null) throw new DomainError('conflict', refusal);
    return spec;
  }

  private isSeen(id: string, by: Principal): boolean {
    const route = this.book.get(id);
    return route !== undefined && this.sight.may(by, 'view', route.declared);
  }

  private isVisible(reference: string, by: Principal): boolean {
    const found = this.book.surroundings.service(reference);
    return found !== undefined && by.rights.may('view', 'service', found);
  }

  /**
   * Fails `forbidden` for a route that is not theirs to make, and for hosts and services of it
   * that were not there before and that they may not use.
   */
  private assertClaims(
    by: Principal,
    verb: 'create' | 'update',
    route: DeclaredRoute,
    before: RouteSpec | null,
  ): void {
    this.sight.assertMay(by, verb, route);
    const { hosts = [], backends = [] } = route.spec ?? {};
    for (const { service } of backends) {
      const found = this.book.surroundings.service(service);
      const isNew = !before?.backends.some((backend) => backend.service === service);
      if (found && isNew) assertMay(by, 'use', 'service', found);
    }
    // One without hosts is for all of them.
    for (const host of hosts.length > 0 ? hosts : ['*']) {
      if (!before?.hosts.includes(host)) assertMay(by, 'use', 'host', { name: host, hosts: [host] });
    }
  }

  /** The route of the API that a reference means. */
  private writable(
    reference: string,
    verb: 'update' | 'delete',
    ifMatch: number | null,
    by: Principal,
  ): KnownRoute {
    const route = this.routes.resolve(reference, by);
    this.sight.assertMay(by, verb, route.declared);
    const { source, service, name, version } = route.declared;
    if (source !== 'api') {
      const detail = `Labels of the service "${service?.name}" say the route "${name}": change those that begin with ${LABELS_OF[source]} (PATCH /v1/services/${service?.name}).`;
      throw new DomainError('conflict', detail);
    }
    assertVersion(ifMatch, version);
    return route;
  }

  private recordOf({ declared: { id } }: KnownRoute): RouteRecord {
    const record = this.records.list().find((other) => other.id === id);
    if (record) return record;
    throw new DomainError('not-found', `The route ${id} has been deleted.`);
  }

  private shown(id: string, by: Principal): Route {
    const route = this.book.get(id);
    if (!route) throw new DomainError('not-found', `The route ${id} has been deleted.`);
    return this.routes.whole(this.views.of(route, by));
  }

  private async settled({ id }: Route, by: Principal, patience: Patience): Promise<Settled<Route>> {
    const isOver = await this.progress.settled(id, patience);
    return { result: this.shown(id, by), isOver };
  }
}

/** With what the labels of a dialect begin. */
const LABELS_OF: Readonly<Record<Dialect, string>> = {
  swarmplane: '"swarmplane.http.", "swarmplane.tcp." or "swarmplane.tls."',
  hrm: `"${HRM_LABEL}"`,
  interlock: `"${INTERLOCK_PREFIX}"`,
  'docker-flow': '"com.df."',
};

function newRoute(spec: RouteSpec, by: Principal): DeclaredRoute {
  return {
    id: idOfStored(spec.name),
    name: spec.name,
    version: 0,
    source: 'api',
    service: null,
    owner: by.name,
    claimedAt: new Date().toISOString(),
    spec,
    findings: [],
    refusal: null,
  };
}

/** What may surprise whoever makes it. */
const warningsOf = ({ status: { reason } }: KnownRoute): string[] => (reason === null ? [] : [reason]);
