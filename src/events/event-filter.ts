import { Injectable } from '@nestjs/common';
import { assertNeed } from '../api/access.ts';
import { asker } from '../api/asker.ts';
import { VisibleState } from '../api/visible-state.ts';
import type { ObjectOf } from '../domain/change.ts';
import { invalid } from '../domain/errors.ts';
import { rightsOf } from '../domain/role.ts';
import type { Follows } from './change-queue.ts';
import { sightOf, type Sight } from './sight.ts';
import { EVENT_KINDS, type EventKind } from './event-kinds.ts';
import type { EventQuery } from './events.types.ts';

const FILTERS = ['service', 'network', 'node'] as const;
type Filter = (typeof FILTERS)[number];

type Fit<K extends EventKind> = { readonly [F in Filter]?: (object: ObjectOf[K], id: string) => boolean };

/** What each filter means for each kind. One that has no meaning for a kind fits no object of it. */
const FITS: { readonly [K in EventKind]: Fit<K> } = {
  task: {
    service: (task, id) => task.serviceId === id,
    network: (task, id) => task.addresses.some((address) => address.networkId === id),
    node: (task, id) => task.nodeId === id,
  },
  service: {
    service: (service, id) => service.id === id,
    network: (service, id) => service.networks.some((attachment) => attachment.networkId === id),
  },
  network: { network: (network, id) => network.id === id },
  node: { node: (node, id) => node.id === id },
};

/** What a stream of events is asked for. Two of the same key follow the same. */
export interface Selection {
  readonly key: string;
  readonly follows: Follows<EventKind>;
  /** What of it may be told; null for all. */
  readonly sight: Sight | null;
}

/** What the query string of a stream of events asks for. */
@Injectable()
export class EventFilter {
  constructor(private readonly visible: VisibleState) {}

  /**
   * What is asked for: objects that fit all of it. Fails `not-found` or `ambiguous` when a reference means nothing,
   * and `invalid` for a kind that was asked for by name and can never fit.
   */
  select(query: Pick<EventQuery, 'kinds' | Filter>): Selection {
    const given = FILTERS.flatMap((filter) => {
      const reference = query[filter];
      return reference ? [{ filter, id: this.visible.resolve(filter, reference).id }] : [];
    });
    const canFit = (kind: EventKind): boolean => given.every(({ filter }) => filter in FITS[kind]);
    const never = (query.kinds ?? []).find((kind) => !canFit(kind));
    if (never) {
      const filters = Object.keys(FITS[never]).join(' and ');
      throw invalid([{ pointer: '/kinds', detail: `For the kind "${never}" there is only ${filters}.` }]);
    }
    const by = asker();
    for (const kind of query.kinds ?? []) assertNeed(by, { verb: 'view', kinds: [kind] });
    const maySee = (kind: EventKind): boolean => by.rights.anywhere('view', kind);
    const kinds = new Set<string>(
      (query.kinds ?? EVENT_KINDS).filter((kind) => canFit(kind) && maySee(kind)),
    );
    const sight = sightOf(this.visible);
    return {
      sight,
      key: [
        sight === null ? '' : rightsOf(by),
        [...kinds].sort().join(),
        ...given.map(({ filter, id }) => `${filter}=${id}`),
      ].join('&'),
      follows: (object, kind) => {
        const fits = FITS[kind] as Fit<typeof kind>;
        return kinds.has(kind) && given.every(({ filter, id }) => fits[filter]?.(object as never, id));
      },
    };
  }
}
