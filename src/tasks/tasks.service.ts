import { Injectable } from '@nestjs/common';
import { Memo } from '../api/memo.ts';
import { paginate, mapPage, type Page, type PageRequest } from '../api/page.ts';
import { VisibleState } from '../api/visible-state.ts';
import { fitsOneOf } from '../domain/filter.ts';
import { ORDER } from '../domain/order.ts';
import { taskName, type Task as DomainTask } from '../domain/task.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import type { Task, TaskFilter } from './tasks.types.ts';

/** Tasks, read from the state in memory. */
@Injectable()
export class TasksService {
  private readonly views = new Memo<DomainTask, Task>();

  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
  ) {}

  list(filter: TaskFilter, page: PageRequest): Page<Task> {
    return mapPage(paginate(this.find(filter), ORDER.task, page), (task) => this.view(task));
  }

  /** All tasks that fit, without pages: for relations, which are short. */
  all(filter: TaskFilter): readonly Task[] {
    return this.find(filter).map((task) => this.view(task));
  }

  /** The task that an id, a unique id prefix or a name means. Fails `not-found`, `ambiguous`. */
  get(reference: string): Task {
    return this.view(this.visible.resolve('task', reference));
  }

  /** A task as clients see it: with its name and that of its node. The same object as long as it says the same. */
  view(task: DomainTask): Task {
    const nodeHostname = task.nodeId === null ? null : (this.state.nodes.get(task.nodeId)?.hostname ?? null);
    return this.views.of(task, nodeHostname, () => {
      const { specVersion: _version, jobIteration: _iteration, openPorts: _ports, ...shown } = task;
      return { ...shown, name: taskName(task), nodeHostname };
    });
  }

  private find(filter: TaskFilter): readonly DomainTask[] {
    this.state.assertSynced();
    const matches = this.matcher(filter);
    return this.candidates(filter).filter(matches);
  }

  /** The shortest index that the filter allows. */
  private candidates(filter: TaskFilter): readonly DomainTask[] {
    const { tasks } = this.visible;
    if (filter.service) return tasks.by('service', this.visible.resolve('service', filter.service).id);
    if (filter.node) return tasks.by('node', this.visible.resolve('node', filter.node).id);
    if (filter.network) return tasks.by('network', this.visible.resolve('network', filter.network).id);
    return tasks.all();
  }

  /** What a task must be to fit the filter. Fails `not-found` or `ambiguous` when a reference means nothing. */
  matcher(filter: TaskFilter): (task: DomainTask) => boolean {
    const id = (kind: 'service' | 'node' | 'network', reference: string | null | undefined): string | null =>
      reference ? this.visible.resolve(kind, reference).id : null;
    const service = id('service', filter.service);
    const node = id('node', filter.node);
    const network = id('network', filter.network);
    return (task) =>
      (service === null || task.serviceId === service) &&
      (node === null || task.nodeId === node) &&
      (network === null || task.addresses.some((address) => address.networkId === network)) &&
      fitsOneOf(task.state, filter.state) &&
      fitsOneOf(task.desiredState, filter.desiredState);
  }
}
