import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import {
  isListened,
  listenerParameters,
  removalParameters,
} from '../domain/dialects/docker-flow-listener.ts';
import type { StringMap } from '../domain/object.ts';
import type { Service } from '../domain/service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { Notifier, type Notice } from './notifier.ts';
import type { SwarmListenerOptions } from './swarm-listener-settings.ts';

/** As the proxy answers what it has understood, and what it knows already (`service/notifier.go`). */
const CREATED = [200, 409];
const REMOVED = [200];

/** Tells Docker Flow Proxies of services, as Docker Flow's Swarm Listener does: once a task of them runs. */
@Injectable()
export class ServiceNotices implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('DockerFlow');
  /** One for each proxy, by its origin. */
  private readonly notifiers = new Map<string, Notifier>();
  /** What proxies were last told of each service, by id. */
  private readonly told = new Map<string, { readonly text: string; readonly service: Service }>();
  private unsubscribe = (): void => {};

  constructor(
    private readonly state: ClusterState,
    private readonly options: SwarmListenerOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.unsubscribe = this.state.subscribe((changes) => {
      const touched = new Set<string>();
      for (const { kind, object } of changes) {
        if (kind === 'service') touched.add(object.id);
        if (kind === 'task' && object.serviceId !== null) touched.add(object.serviceId);
      }
      for (const id of touched) this.look(id);
    });
    for (const { id } of this.state.services.all()) this.look(id);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.unsubscribe();
    await Promise.all([...this.notifiers.values()].map((notifier) => notifier.stop()));
  }

  /** Tells of all services again, whatever was told before. */
  again(): void {
    this.told.clear();
    for (const { id } of this.state.services.all()) this.look(id);
  }

  private look(id: string): void {
    const service = this.state.services.get(id);
    const told = this.told.get(id);
    if (!service || !isListened(service)) {
      if (!told) return;
      this.told.delete(id);
      this.send(id, this.options.removeUrls, removalParameters(told.service), REMOVED);
      return;
    }
    const isRunning = told !== undefined || this.state.taskCounts.of(id).running > 0;
    const parameters = listenerParameters(service);
    const text = JSON.stringify(parameters);
    if (!isRunning || told?.text === text) return;
    this.told.set(id, { text, service });
    this.send(id, this.options.createUrls, parameters, CREATED);
  }

  private send(
    service: string,
    urls: readonly string[],
    parameters: StringMap,
    fine: readonly number[],
  ): void {
    const byOrigin = Map.groupBy(urls, (url) => new URL(url).origin);
    for (const [origin, some] of byOrigin) {
      const notices = some.map((url): Notice => ({ url: `${url}?${queryOf(parameters)}`, fine }));
      this.notifierFor(origin).tell(service, notices);
    }
  }

  private notifierFor(origin: string): Notifier {
    const known = this.notifiers.get(origin);
    if (known) return known;
    // Labels can have passwords in them, and so can what is told.
    const notifier = new Notifier((service, status) =>
      this.log.warn(
        `${origin} answers ${status} to what it is told of the service ${service}: it is not told again.`,
      ),
    );
    this.notifiers.set(origin, notifier);
    return notifier;
  }
}

const queryOf = (parameters: StringMap): string => {
  const query = new URLSearchParams({ ...parameters });
  query.sort();
  return query.toString();
};
