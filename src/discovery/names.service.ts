import { Injectable } from '@nestjs/common';
import { asker } from '../api/asker.ts';
import type { EventStream } from '../api/event-stream.ts';
import { LiveStreams } from '../api/live-streams.ts';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import { VisibleState } from '../api/visible-state.ts';
import { refuse } from '../domain/errors.ts';
import { fitsOneOf } from '../domain/filter.ts';
import {
  candidatesOf,
  checkDnsName,
  NAME_ORDER,
  silentResolution,
  type Resolution,
} from '../domain/names.ts';
import type { Principal } from '../domain/role.ts';
import { whyMissing } from './missing-name.ts';
import { NameBook } from './name-book.ts';
import { NamesEvents } from './names-events.ts';
import { NamesFollower } from './names-follower.ts';
import type { NameFilter, NameQuery } from './names.types.ts';

/** What picks some of the names of a list. */
const PICKS = ['kind', 'service', 'limit', 'cursor'] as const;

/** What Docker's embedded DNS answers on each network, from the state in memory. */
@Injectable()
export class NamesService {
  constructor(
    private readonly visible: VisibleState,
    private readonly book: NameBook,
    private readonly streams: LiveStreams,
  ) {}

  /** The names of the network that a reference means, in order. Fails `not-found`, `ambiguous`. */
  list(reference: string, filter: NameFilter, page: PageRequest): Page<Resolution> {
    return paginate(this.all(reference, filter), NAME_ORDER, page);
  }

  /** The same without pages. */
  all(reference: string, filter: NameFilter): readonly Resolution[] {
    const names = this.book.of(this.visible.resolve('network', reference), asker()).all();
    if (!filter.kind && !filter.service) return names;
    const serviceId = filter.service ? this.visible.resolve('service', filter.service).id : null;
    return names.filter(
      ({ kind, records }) =>
        fitsOneOf(kind, filter.kind) &&
        (serviceId === null || records.some((record) => record.serviceId === serviceId)),
    );
  }

  /** What a name answers on a network, or why it does not. Fails `invalid`, and as `list` does. */
  resolve(reference: string, name: string): Resolution {
    const network = this.visible.resolve('network', reference);
    refuse(checkDnsName(name));
    const names = this.book.of(network, asker());
    const found = candidatesOf(name, network).flatMap((candidate) => names.find(candidate) ?? []);
    const resolution = found.find(({ kind }) => kind !== 'none') ?? found[0];
    return resolution
      ? { ...resolution, name }
      : silentResolution(network, name, whyMissing(this.visible, network, name));
  }

  /**
   * Changes of what the names of a network answer, from now on. Fails as `list` does, and `not-found` once the network
   * is gone.
   * @param initial whether all that answers now is told first
   */
  follow(reference: string, initial: boolean): NamesFollower {
    return new NamesFollower(this.book, this.visible.resolve('network', reference), asker(), initial);
  }

  /** The same as server-sent events, beginning with all that answers now. Also fails `invalid` for what picks names. */
  events(query: NameQuery, principal: Principal): EventStream {
    refuse(
      PICKS.filter((name) => query[name] !== undefined).map((name) => ({
        pointer: `/${name}`,
        detail: 'A stream tells of all names on the network. Leave it out.',
      })),
    );
    const network = this.visible.resolve('network', query.network);
    const { stream } = new NamesEvents(this.book, network, principal, this.streams.heartbeatMs);
    return this.streams.holdEvents(stream, principal);
  }
}
