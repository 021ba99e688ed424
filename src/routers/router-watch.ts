import { Injectable } from '@nestjs/common';
import { asker } from '../api/asker.ts';
import { Pulse } from '../api/pulse.ts';
import { Samples } from '../api/samples.ts';
import type { Router } from '../domain/router.ts';
import type { ObjectChange } from '../events/events.types.ts';
import { ListWatch } from '../events/list-watch.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { RouterConfigs } from './router-configs.ts';
import { RouterReports } from './router-reports.ts';
import { RouterServices } from './router-services.ts';
import { RoutersService } from './routers.service.ts';

/** At most one look a second for each subscriber. In milliseconds. */
const REST_MS = 1_000;
/** How often it is looked who has fallen silent, in milliseconds. */
const LOOK_MS = 5_000;

/** Tells of routers that come, change and go. */
@Injectable()
export class RouterWatch {
  constructor(
    private readonly routers: RoutersService,
    private readonly reports: RouterReports,
    private readonly configs: RouterConfigs,
    private readonly services: RouterServices,
    private readonly state: ClusterState,
  ) {}

  /** The changes of routers that who asks may see, from now on. That time passes is no change. */
  changes(): AsyncIterableIterator<ObjectChange<Router>> {
    const by = asker();
    const watch = new ListWatch(
      () => this.routers.seenBy(by),
      ({ age: _age, ...content }) => content,
    );
    return new Samples(
      (notice) => this.follow(notice),
      () => watch.changes(),
      REST_MS,
    );
  }

  private follow(notice: () => void): () => void {
    const stops = [
      this.reports.subscribe(notice),
      this.configs.subscribe(notice),
      this.services.subscribe(notice),
      Pulse.join(LOOK_MS, notice),
      this.state.subscribe((changes) => {
        const isOfRouters = changes.some(
          ({ kind, object }) => kind === 'task' && this.services.all.has(object.serviceId ?? ''),
        );
        if (isOfRouters) notice();
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
