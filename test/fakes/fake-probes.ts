import type { Service } from '../../src/domain/service.ts';
import type { Task } from '../../src/domain/task.ts';
import { RUN_LABEL } from '../../src/probe/probe-label.ts';
import type { FakeLogs } from './fake-logs.ts';
import type { FakeStore } from './fake-store.ts';

/** What a job of a probe writes, or an error that its task ends with before it writes anything. */
export type FakeProbeAnswer = readonly string[] | { readonly error: string };

/** Plays the containers of probes, in whose place the fake swarm has nobody: a network where all is well. */
export class FakeProbes {
  /** What a job on a node answers; tests may have it answer something else. */
  answer: (service: Service, nodeId: string) => FakeProbeAnswer = (service) => this.usual(service);
  /** Set, the jobs run on and on and say nothing. */
  silent = false;
  private readonly answered = new Set<string>();

  constructor(
    private readonly store: FakeStore,
    private readonly logs: FakeLogs,
  ) {}

  /** Lets one job that runs say what it has to say and end; false when there was none. */
  step(): boolean {
    return this.store.commit((transaction) => {
      if (this.silent) return;
      for (const task of this.store.all('task')) {
        const service = this.store.get('service', task.serviceId ?? '');
        if (!service || !(RUN_LABEL in service.labels) || task.state !== 'running') continue;
        if (this.answered.has(task.id)) continue;
        this.answered.add(task.id);
        transaction.put('task', this.end(task, service));
        return;
      }
    });
  }

  private end(task: Task, service: Service): Task {
    const answer = this.answer(service, task.nodeId ?? '');
    if ('error' in answer) return { ...task, state: 'rejected', message: 'preparing', error: answer.error };
    for (const line of answer) {
      this.logs.write(service.id, line, { taskId: task.id, nodeId: task.nodeId ?? '' });
    }
    return { ...task, state: 'complete', message: 'finished', exitCode: 0 };
  }

  private usual({ env, networks }: Service): string[] {
    const peers = env['PROBE_PEERS']?.split(' ');
    if (peers) return [...wellConnected(peers, env['PROBE_PORTS'] ?? ''), 'end'];
    const name = env['PROBE_NAME'] ?? '';
    const service = this.store
      .all('service')
      .find((each) => each.name === name && each.networks[0]?.networkId === networks[0]?.networkId);
    const addresses = service?.virtualIps.map(({ address }) => address) ?? [];
    return [...probeLines(name, addresses, env['PROBE_PORT'] ? [...addresses, ...behind(env)] : []), 'end'];
  }
}

const behind = (env: Service['env']): string[] => (env['PROBE_BEHIND'] ?? '').split(' ').filter(Boolean);

/** What the script of a probe writes where a name answers these addresses, and these can be connected to. */
export function probeLines(
  name: string,
  addresses: readonly string[],
  connected: readonly string[],
): string[] {
  return [
    'lookup 100.001 100.003',
    'dns Server:\t\t127.0.0.11',
    'dns Address:\t127.0.0.11:53',
    'dns ',
    ...(addresses.length === 0
      ? [`dns ** server can't find ${name}: NXDOMAIN`]
      : addresses.flatMap((address) => [`dns Name:\t${name}`, `dns Address: ${address}`])),
    ...connected.map((address) => `try ${address} 100.003 100.0045 0 `),
  ];
}

function wellConnected(peers: readonly string[], ports: string): string[] {
  return [
    'mtu 1450',
    ...peers.flatMap((peer, index) => [
      `name ${peer} 10.0.9.${index + 2}`,
      `small ${peer} ok PING 64 bytes from 10.0.9.${index + 2}: seq=0 ttl=64 time=0.200 ms`,
      `full ${peer} ok PING 1430 bytes from 10.0.9.${index + 2}: seq=0 ttl=64 time=0.300 ms`,
    ]),
    ...ports
      .split(' ')
      .filter(Boolean)
      .map((target) => `port ${target.split('=')[0]} ${target.split(':')[1]} 0 `),
  ];
}
