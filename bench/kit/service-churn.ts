import { pause } from '../../scripts/progress.ts';
import { ask, keptConnections } from './ask.ts';
import { now } from './clock.ts';
import { NOWHERE, type Swarm } from './swarm.ts';
import type { Bench } from './benchmark.ts';

const CONNECTIONS = 8;

interface Served {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: { Labels?: Record<string, string> };
}

/**
 * Services that are there to be changed. They have no tasks and no network, so that a new label is one commit of
 * swarmkit's and nothing else follows from it.
 */
export class ServiceChurn {
  private readonly agent = keptConnections(CONNECTIONS);
  private readonly socketPath: string;
  private readonly ids: readonly string[];
  private updates = 0;

  private constructor(socketPath: string, ids: readonly string[]) {
    this.socketPath = socketPath;
    this.ids = ids;
  }

  /** Creates so many services, and removes them with the benchmark. */
  static async create(bench: Bench, { engine }: Swarm, count: number): Promise<ServiceChurn> {
    const ids: string[] = [];
    bench.atEnd(async () => {
      for (const id of ids) await engine.client.call('DELETE', `/services/${id}`);
    });
    for (let index = 0; index < count; index++) {
      const { ID } = await engine.client.call<{ ID: string }>('POST', '/services/create', {
        body: {
          Name: `churn-${index}`,
          TaskTemplate: { ContainerSpec: { Image: 'busybox' }, Placement: NOWHERE },
          Mode: { Replicated: { Replicas: 0 } },
        },
      });
      ids.push(ID);
    }
    const churn = new ServiceChurn(engine.dockerHost.replace('unix://', ''), ids);
    bench.atEnd(() => churn.agent.destroy());
    return churn;
  }

  /** Changes services in turn, `perSecond` for `seconds`. Answers when each change was sent, by service, in `now()`. */
  async run(perSecond: number, seconds: number): Promise<Map<string, number[]>> {
    const sent = new Map<string, number[]>(this.ids.map((id) => [id, []]));
    const under: Promise<void>[] = [];
    const startedAt = now();
    for (let index = 0; index < perSecond * seconds; index++) {
      const dueAt = startedAt + (index * 1000) / perSecond;
      await pause(Math.max(0, dueAt - now()));
      const id = this.ids[this.updates++ % this.ids.length] ?? '';
      under.push(this.change(id, String(this.updates)).then((at) => void sent.get(id)?.push(at)));
    }
    await Promise.all(under);
    return sent;
  }

  /** Changes one service once. Answers when the change was sent. */
  async changeOne(): Promise<number> {
    return this.change(this.ids[this.updates++ % this.ids.length] ?? '', String(this.updates));
  }

  private async change(id: string, mark: string): Promise<number> {
    const { socketPath, agent } = this;
    const body = await ask({ socketPath, path: `/services/${id}` }, agent);
    const { Version, Spec } = JSON.parse(body.toString()) as Served;
    const sentAt = now();
    await ask(
      {
        socketPath,
        path: `/services/${id}/update?version=${Version.Index}`,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...Spec, Labels: { ...Spec.Labels, mark } }),
      },
      agent,
    );
    return sentAt;
  }
}
