import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Patience, Settled } from '../api/write.ts';
import { DomainError, isKind } from '../domain/errors.ts';
import { ITSELF } from '../domain/role.ts';
import type { Rollout } from '../domain/rollout.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { RolloutService } from './rollout.service.ts';
import { ServicesService } from './services.service.ts';
import type { WrittenService } from './written-service.types.ts';

/** Waits for rollouts on behalf of those who have written a service. */
@Injectable()
export class RolloutWait implements OnModuleDestroy {
  private readonly stopping = new AbortController();

  constructor(
    private readonly state: ClusterState,
    private readonly rollouts: RolloutService,
    private readonly services: ServicesService,
  ) {}

  /** A server that stops keeps nobody waiting. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }

  /**
   * The service with its rollout, once that is over or nobody waits any longer. Without one where it cannot be told,
   * because the service was removed meanwhile or Swarm cannot be asked: the write was made, so this does not fail.
   */
  async until(written: WrittenService, { ms, signal }: Patience): Promise<Settled<WrittenService>> {
    const ended = AbortSignal.any([signal, this.stopping.signal, AbortSignal.timeout(ms)]);
    try {
      const rollout = await this.last(written.id, ended);
      const now = this.state.services.get(written.id);
      const service = now ? this.services.view(now) : written;
      return { result: { ...service, rollout }, isOver: rollout.over };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { result: written, isOver: isKind(error, 'not-found') };
    }
  }

  /** The last state of a rollout before the end. */
  private async last(serviceId: string, end: AbortSignal): Promise<Rollout> {
    const follower = this.rollouts.follow(serviceId, ITSELF);
    const stop = (): void => void follower.return();
    end.addEventListener('abort', stop, { once: true });
    if (end.aborted) stop();
    try {
      let last: Rollout | null = null;
      for await (const rollout of follower) last = rollout;
      // Not even a first look in time.
      return last ?? (await this.rollouts.get(serviceId, ITSELF));
    } finally {
      end.removeEventListener('abort', stop);
      stop();
    }
  }
}
