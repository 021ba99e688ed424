import { Injectable } from '@nestjs/common';
import { isOfPresentSpec } from '../domain/rollout.ts';
import type { Service } from '../domain/service.ts';
import { isWanted, type Task } from '../domain/task.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';

/** What Swarm has said of the tasks of one version of a service. */
interface Verdict {
  readonly asked: ReadonlySet<string>;
  readonly present: ReadonlySet<string>;
}

/** How often a service may change while it is asked about before the answer is left to the next look. */
const ATTEMPTS = 3;

/**
 * Which tasks of a service are of its present spec. Where the state in memory cannot tell, Swarm is asked: once for a
 * version of the service, and from a source that does not say the marks of specs, again when there are new tasks.
 */
@Injectable()
export class PresentTasks {
  /** Services in memory never change: another version is another object. */
  private readonly verdicts = new WeakMap<Service, Verdict>();
  private readonly asking = new WeakMap<Service, Promise<void>>();

  constructor(
    private readonly state: ClusterState,
    private readonly gateway: SwarmGateway,
  ) {}

  /** Whether the task is of the service's present spec; undefined when Swarm must be asked. */
  isPresent(service: Service, task: Task): boolean | undefined {
    const known = isOfPresentSpec(service, task);
    if (known !== undefined) return known;
    const verdict = this.verdicts.get(service);
    return verdict?.asked.has(task.id) ? verdict.present.has(task.id) : undefined;
  }

  /**
   * Asks Swarm if that is needed to tell. False when it could not be told all the same, because the service changes
   * or the state in memory is behind. Fails as reads of the gateway do.
   */
  async settle(serviceId: string): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const service = this.state.services.get(serviceId);
      if (!service || !this.isOpen(service)) return true;
      const asking = this.asking.get(service) ?? this.ask(service);
      this.asking.set(service, asking);
      await asking;
    }
    return false;
  }

  private isOpen(service: Service): boolean {
    return this.state.tasks
      .by('service', service.id)
      .some((task) => isWanted(task) && this.isPresent(service, task) === undefined);
  }

  private async ask(service: Service): Promise<void> {
    try {
      const asked = new Set(this.state.tasks.by('service', service.id).map(({ id }) => id));
      const { version, tasks } = await this.gateway.upToDateTasks(service.id);
      // Of another version than the one in memory, the answer may be of another spec.
      if (version === service.version) this.verdicts.set(service, { asked, present: tasks });
    } finally {
      this.asking.delete(service);
    }
  }
}
