import { Injectable } from '@nestjs/common';
import type { EventStream } from '../api/event-stream.ts';
import { followedEvents } from '../api/followed-events.ts';
import type { Look } from '../api/follower.ts';
import { LiveStreams } from '../api/live-streams.ts';
import { VisibleState, type View } from '../api/visible-state.ts';
import { DomainError } from '../domain/errors.ts';
import type { Principal } from '../domain/role.ts';
import { rolloutOf, watchedUntil, type Rollout } from '../domain/rollout.ts';
import type { Task } from '../domain/task.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { PresentTasks } from './present-tasks.ts';
import { RolloutFollower } from './rollout-follower.ts';

/** How soon Swarm is asked again about tasks that it could not be asked about, in milliseconds. */
const UNSETTLED_MS = 500;

/** How far services are with their present specs: made from the state in memory. */
@Injectable()
export class RolloutService {
  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly present: PresentTasks,
    private readonly streams: LiveStreams,
  ) {}

  /**
   * The rollout of the service that an id, a unique id prefix or a name means, as it is now. Fails `not-found`,
   * `ambiguous`, and as reads of the gateway do where Swarm must be asked which tasks are of the present spec.
   */
  async get(reference: string, by: Principal): Promise<Rollout> {
    const { id } = this.visible.to(by).resolve('service', reference);
    return (await lookAt(this.state, this.present, id)()).value;
  }

  /** The rollout of the service with this id; null when there is none. Otherwise fails as `get` does. */
  async find(id: string): Promise<Rollout | null> {
    if (!this.visible.services.get(id)) return null;
    return (await lookAt(this.state, this.present, id)()).value;
  }

  /** Each state of the rollout, the present one first, until it is over. Fails as `get` does. */
  follow(reference: string, by: Principal): RolloutFollower {
    const view = this.visible.to(by);
    const { id } = view.resolve('service', reference);
    // Whoever follows may be told no more once the service has left what they may see.
    return new RolloutFollower(this.state, id, lookAt(this.state, this.present, id, view));
  }

  /** The same as server-sent events. Once it has begun it does not fail but says why it ends. */
  events(reference: string, principal: Principal): Promise<EventStream> {
    return followedEvents('rollout', this.follow(reference, principal), this.streams, principal);
  }
}

/** The way to look at the rollout of a service, once or again. Fails as `RolloutService.get` does. */
export function lookAt(
  state: ClusterState,
  present: PresentTasks,
  id: string,
  view: Pick<View, 'services'> = state,
): () => Promise<Look<Rollout>> {
  return async () => {
    const isSettled = await present.settle(id);
    const service = view.services.get(id);
    if (!service) throw gone(id);
    const tasks = state.tasks.by('service', id);
    const now = Date.now();
    const isPresent = (task: Task): boolean | undefined => present.isPresent(service, task);
    return {
      value: rolloutOf(service, tasks, state.nodes.all(), isPresent, now),
      again: isSettled ? watchedUntil(service, tasks, now) : now + UNSETTLED_MS,
    };
  };
}

function gone(reference: string): DomainError {
  return new DomainError(
    'not-found',
    `The service ${reference} has been deleted: there is nothing to roll out.`,
  );
}
