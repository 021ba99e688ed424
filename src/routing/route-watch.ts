import { Injectable } from '@nestjs/common';
import { Samples } from '../api/samples.ts';
import type { Principal } from '../domain/role.ts';
import type { ObjectChange } from '../events/events.types.ts';
import { looksSame, type KnownRoute } from './known-route.ts';
import { RouteBook } from './route-book.ts';
import { RouteViews, type RouteView } from './route-views.ts';
import { RoutesService } from './routes.service.ts';
import type { RouteFilter } from './routes.types.ts';

/** Between two events of one subscription, in milliseconds. */
const REST_MS = 100;

/** Tells of routes that change: what they say, what has come of them, where their requests go. */
@Injectable()
export class RouteWatch {
  constructor(
    private readonly book: RouteBook,
    private readonly routes: RoutesService,
    private readonly views: RouteViews,
  ) {}

  /**
   * The changes of routes from now on. What changes again before it is told is told once; what is as it was is not
   * told. Fails as `RoutesService.matcher` does.
   * @param initial whether those there are now are told first, as ADDED
   */
  changes(
    filter: RouteFilter,
    initial: boolean,
    by: Principal,
  ): AsyncIterableIterator<ObjectChange<RouteView>> {
    const fits = this.routes.matcher(filter, by);
    const told = new Map<string, KnownRoute>();
    const touched = new Set<string>();
    const now = (id: string): KnownRoute | undefined => {
      const route = this.book.get(id);
      return route && fits(route) ? route : undefined;
    };
    for (const { declared } of this.book.routes()) {
      const route = now(declared.id);
      if (route && initial) touched.add(declared.id);
      else if (route) told.set(declared.id, route);
    }
    const look = (): ObjectChange<RouteView>[] => {
      const changes = [...touched].flatMap((id) => this.changeOf(told.get(id), now(id), by) ?? []);
      for (const id of touched) {
        const route = now(id);
        if (route) told.set(id, route);
        else told.delete(id);
      }
      touched.clear();
      return changes;
    };
    return new Samples(
      (notice) => {
        if (touched.size > 0) queueMicrotask(notice);
        return this.book.follow((ids) => {
          for (const id of ids) touched.add(id);
          notice();
        });
      },
      look,
      REST_MS,
    );
  }

  private changeOf(
    before: KnownRoute | undefined,
    after: KnownRoute | undefined,
    by: Principal,
  ): ObjectChange<RouteView> | undefined {
    const object = after ?? before;
    if (!object || before === after || (before && after && looksSame(before, after))) return undefined;
    return {
      type: !before ? 'ADDED' : after ? 'UPDATED' : 'REMOVED',
      object: this.views.of(object, by),
      previous: before ? this.views.of(before, by) : null,
    };
  }
}
