import { Injectable, Logger } from '@nestjs/common';
import { isKind } from '../domain/errors.ts';
import type { LogRequest } from '../domain/log-line.ts';
import type { Node } from '../domain/node.ts';
import type { StringMap } from '../domain/object.ts';
import { completeSpec } from '../domain/service-defaults.ts';
import type { ServiceSpec } from '../domain/service.ts';
import type { Task } from '../domain/task.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';
import type { ProbeRun } from './probe-runs.ts';
import { END } from './probe-script.ts';
import { ProbeImage } from './probe-settings.ts';

/** What is run on each of some nodes. */
export interface ProbeJob {
  readonly networkId: string;
  readonly nodes: readonly Node[];
  /** Shell text that is the same for everybody, and writes `END` as its last line. */
  readonly script: string;
  /** What the script is to know on a node: data, which is never run. No value may contain `{{`, which Swarm expands. */
  readonly environment: (node: Node) => StringMap;
  /** The name of the service on a node: a DNS label. */
  readonly serviceName: (node: Node) => string;
  /** Whether it sends ICMP, which takes a capability. */
  readonly pings: boolean;
}

/** What the job has said on one node. */
export interface NodeReport {
  readonly node: Node;
  readonly lines: readonly string[];
  /** Why it has not said all; null when it has. */
  readonly failure: string | null;
}

/** How long the log of a task that has ended may take to arrive, in milliseconds; seen: less than 100. */
const LOG_WITHIN_MS = 2_000;
const MEBIBYTE = 2 ** 20;
/** 65534 is `nobody` everywhere; a number needs no `/etc/passwd`. */
const NOBODY = '65534:65534';
const ALL_LINES: Omit<LogRequest, 'follow'> = { tail: null, since: null, stdout: true, stderr: true };

const ENDED: readonly Task['state'][] = ['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'];

/**
 * Runs a fixed script on nodes of the swarm, as a service of one task for each node, and removes the services whatever
 * happens; what a crash of this server leaves behind, `ProbeLeftovers` removes. Answers come back in the jobs' logs,
 * which are followed from before the tasks begin to run: the first way of all that any node has to any manager.
 */
@Injectable()
export class ProbeJobs {
  private readonly logger = new Logger('Probes');

  constructor(
    private readonly state: ClusterState,
    private readonly gateway: SwarmGateway,
    private readonly image: ProbeImage,
  ) {}

  /**
   * Runs the job on all its nodes at once, and answers when each has said all or cannot, or the run's time is up. Fails
   * only as the gateway does when a job cannot be made at all.
   */
  async run(run: ProbeRun, job: ProbeJob): Promise<NodeReport[]> {
    const ids: string[] = [];
    try {
      const created = await Promise.allSettled(
        job.nodes.map(async (node) => {
          const id = await this.gateway.createService(jobSpec(run, job, node, this.image.name));
          ids.push(id);
          return { node, id };
        }),
      );
      const refusal = created.find((each) => each.status === 'rejected');
      if (refusal) throw refusal.reason;
      const made = created.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      return await Promise.all(made.map(({ node, id }) => this.listen(run, node, id)));
    } finally {
      await Promise.all(ids.map((id) => this.remove(id)));
    }
  }

  private async listen({ deadline }: ProbeRun, node: Node, serviceId: string): Promise<NodeReport> {
    const over = new AbortController();
    const lines: string[] = [];
    // A task that never runs writes no log, and its log no end.
    const stopWatching = this.state.subscribe(() => {
      if (!this.hasEnded(serviceId)) return;
      stopWatching();
      const hasRun = this.tasksOf(serviceId).some(({ state }) => state !== 'rejected');
      setTimeout(() => over.abort(), hasRun ? LOG_WITHIN_MS : 0);
    });
    try {
      await this.read(serviceId, true, lines, AbortSignal.any([deadline, over.signal]));
      if (!isComplete(lines) && this.hasEnded(serviceId)) {
        lines.length = 0;
        await this.read(serviceId, false, lines, deadline);
      }
    } catch (error) {
      this.logger.warn(`The log of a probe on ${node.hostname} broke off: ${(error as Error).message}`);
    } finally {
      stopWatching();
    }
    return { node, lines, failure: isComplete(lines) ? null : this.failureOf(serviceId) };
  }

  private async read(id: string, follow: boolean, lines: string[], signal: AbortSignal): Promise<void> {
    const enough = new AbortController();
    const all = AbortSignal.any([signal, enough.signal]);
    for await (const { message } of await this.gateway.serviceLogs(id, { ...ALL_LINES, follow }, all)) {
      lines.push(message);
      if (message === END) break;
    }
    enough.abort();
  }

  private tasksOf(serviceId: string): readonly Task[] {
    return this.state.tasks.by('service', serviceId);
  }

  private hasEnded(serviceId: string): boolean {
    const tasks = this.tasksOf(serviceId);
    return tasks.length > 0 && tasks.every(({ state }) => ENDED.includes(state));
  }

  private failureOf(serviceId: string): string {
    const [task] = this.tasksOf(serviceId);
    if (!task) return 'Swarm has made no task in time';
    if (task.error !== null) return task.error;
    return task.state === 'new'
      ? 'its task waits for an address: the network may have none left'
      : `its task was not done in time (${task.state}: ${task.message})`;
  }

  private async remove(id: string): Promise<void> {
    try {
      await this.gateway.removeService(id);
    } catch (error) {
      if (isKind(error, 'not-found')) return;
      this.logger.warn(`The probe ${id} is left to be removed later: ${(error as Error).message}`);
    }
  }
}

const isComplete = (lines: readonly string[]): boolean => lines.at(-1) === END;

/** The service that runs the job on one node: with nothing that it does not need. */
export function jobSpec({ name, labels }: ProbeRun, job: ProbeJob, node: Node, image: string): ServiceSpec {
  return completeSpec({
    name: job.serviceName(node),
    labels,
    containerLabels: { ...labels },
    // Not a job in Swarm's sense: the tasks of those outlive their service, running and all (measured on 20.10).
    mode: 'replicated',
    replicas: 1,
    image,
    command: ['sh', '-c', job.script, name],
    env: job.environment(node),
    ...(job.pings ? {} : { user: NOBODY }),
    readOnly: true,
    capabilityDrop: ['ALL'],
    capabilityAdd: job.pings ? ['CAP_NET_RAW'] : [],
    // There is nothing to put in order.
    stopGracePeriod: 100,
    networks: [{ networkId: job.networkId, aliases: [], driverOptions: {} }],
    endpointMode: 'dnsrr',
    placement: { constraints: [`node.id==${node.id}`] },
    resources: { limits: { memoryBytes: 128 * MEBIBYTE, pids: 1024 } },
    restartPolicy: { condition: 'none' },
    // The node's own choice may be a driver whose logs nobody can read.
    logDriver: { name: 'json-file', options: { 'max-size': '1m' } },
  });
}
