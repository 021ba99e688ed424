import { Injectable } from '@nestjs/common';
import { DomainError, isKind } from '../domain/errors.ts';
import { withLatecomers } from '../domain/network-replacement.ts';
import type { Network } from '../domain/network.ts';
import type { OperationStep } from '../domain/operation.ts';
import type { Rollout } from '../domain/rollout.ts';
import { ITSELF } from '../domain/role.ts';
import { isJob, type Service } from '../domain/service.ts';
import { inUse, tasksOn, usersOf } from '../networks/network-users.ts';
import { NetworkRemoval } from '../networks/network-removal.service.ts';
import { networkInputOf, NetworksService } from '../networks/networks.service.ts';
import type { CreateNetworkInput } from '../networks/networks.types.ts';
import { RolloutWait } from '../services/rollout-wait.ts';
import { ServicesService } from '../services/services.service.ts';
import { ServiceWrites } from '../services/service-writes.service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';
import type { OperationDocument, OperationRecord } from './operation-records.ts';

/** The label by which a network tells which operation made it. */
export const OPERATION_LABEL = 'swarmplane.operation';
/** How long Swarm may take to give a network its addresses, in milliseconds; seen: 1 to 5. */
const ALLOCATED_WITHIN_MS = 5_000;

/** What a step can tell and be told while it waits. */
export interface Waiting {
  /** How long it may wait before it says that it does, in milliseconds. */
  readonly beatMs: number;
  /** Aborts when the step is not to be waited for any longer. */
  readonly signal: AbortSignal;
  /** Says what is waited for. Fails when somebody else has changed the operation. */
  report(message: string | null): Promise<void>;
}

/** What came of a step; `steps` instead where others must come first. */
export type StepOutcome =
  | { readonly state: 'done' | 'skipped'; readonly message: string | null; readonly replacementId?: string }
  | { readonly steps: readonly OperationStep[] };

const DONE: StepOutcome = { state: 'done', message: null };
const GONE: StepOutcome = { state: 'skipped', message: 'The service has been deleted.' };

/** Does the steps of the replacement of a network. Each finds out first what of it is done already. */
@Injectable()
export class ReplacementSteps {
  constructor(
    private readonly state: ClusterState,
    private readonly gateway: SwarmGateway,
    private readonly networks: NetworksService,
    private readonly removal: NetworkRemoval,
    private readonly services: ServicesService,
    private readonly writes: ServiceWrites,
    private readonly rollouts: RolloutWait,
  ) {}

  /**
   * Does a step, and comes back once it has taken effect. Fails as the writes do that it makes, and `conflict` when
   * the tasks of a service do not become what they are to be.
   */
  perform(record: OperationRecord, step: OperationStep, waiting: Waiting): Promise<StepOutcome> {
    switch (step.action) {
      case 'create-network':
        return this.create(record);
      case 'remove-network':
        return this.remove(record.document, step, waiting);
      default:
        return this.reattach(record.document, step, waiting);
    }
  }

  /** The network that an operation has made, if it has. */
  madeBy(operationId: string): Network | undefined {
    return this.state.networks.all().find((network) => network.labels[OPERATION_LABEL] === operationId);
  }

  private async create({ id, document }: OperationRecord): Promise<StepOutcome> {
    const network =
      (await this.allocated(id)) ?? (await this.networks.create(inputOf(id, document)).apply(ITSELF));
    return { ...DONE, replacementId: network.id };
  }

  /** What an attempt before this one has made. One that got no addresses is of no use and goes. */
  private async allocated(operationId: string): Promise<Network | undefined> {
    if (!this.madeBy(operationId)) return undefined;
    const allocated = await this.state.until(() => {
      const network = this.madeBy(operationId);
      return network?.allocated ? network : undefined;
    }, ALLOCATED_WITHIN_MS);
    const made = this.madeBy(operationId);
    if (!allocated && made) await this.gateway.removeNetwork(made.id);
    return allocated;
  }

  private async reattach(
    document: OperationDocument,
    step: OperationStep,
    waiting: Waiting,
  ): Promise<StepOutcome> {
    const service = this.state.services.get(step.serviceId ?? '');
    if (!service) return GONE;
    try {
      await this.write(document, step, service);
    } catch (error) {
      if (isKind(error, 'not-found') && !this.state.services.get(service.id)) return GONE;
      throw error;
    }
    // A job that was run again has all the time that it takes.
    return isJob(service) ? DONE : this.converge(service, waiting);
  }

  private async write(document: OperationDocument, step: OperationStep, service: Service): Promise<void> {
    const [from, to] = idsOf(document);
    const source = service.networks.find(({ networkId }) => networkId === from);
    const isOnTarget = service.networks.some(({ networkId }) => networkId === to);
    if (step.action === 'attach') {
      if (isOnTarget || !source) return;
      const { aliases, driverOptions } = source;
      await this.writes
        .attach(service.id, to, { aliases: [...aliases], driverOptions: { ...driverOptions } }, null)
        .apply(ITSELF);
    } else if (source) {
      await (
        isOnTarget ? this.writes.detach(service.id, from, null) : this.writes.move(service.id, from, to)
      ).apply(ITSELF);
    }
  }

  /** Waits until the tasks of a service are what its spec says. */
  private async converge({ id, name }: Service, waiting: Waiting): Promise<StepOutcome> {
    for (;;) {
      const service = this.state.services.get(id);
      if (!service) return GONE;
      const begun = performance.now();
      const { result, isOver } = await this.rollouts.until(this.services.view(service), {
        ms: waiting.beatMs,
        signal: waiting.signal,
      });
      const { rollout } = result;
      if (isOver && !rollout) return GONE;
      if (isOver && rollout?.state === 'converged') return DONE;
      if (isOver && rollout) throw notConverged(name, rollout);
      await waiting.report(rollout ? waitsFor(rollout) : null);
      // Where Swarm cannot be asked, that is known at once, and time must pass all the same.
      const rest = waiting.beatMs - (performance.now() - begun);
      if (!rollout && rest > 0) await this.state.until(() => waiting.signal.aborted || undefined, rest);
    }
  }

  private async remove(
    document: OperationDocument,
    step: OperationStep,
    waiting: Waiting,
  ): Promise<StepOutcome> {
    const id = step.network === 'old' ? document.network.id : document.replacement.id;
    for (;;) {
      const network = id === null ? undefined : this.state.networks.get(id);
      if (!network) return DONE;
      const services = this.state.services.by('network', network.id);
      if (services.length > 0) {
        const [, to] = idsOf(document);
        const target = { network: step.network === 'old' ? 'new' : 'old', id: to } as const;
        return { steps: withLatecomers(document.steps, services, target, document.order) };
      }
      if (tasksOn(this.state, network.id).some((task) => task.serviceId === null)) {
        throw inUse(
          network,
          usersOf(this.state, network.id),
          'Containers that joined by hand only their own node can detach: run "docker network disconnect" there, then resume the operation.',
          this.state,
        );
      }
      const leaving = tasksOn(this.state, network.id).length;
      if (leaving === 0) {
        await this.removal.delete(network.id, null, false).apply(ITSELF);
        return DONE;
      }
      await waiting.report(`Waits for ${leaving} ${leaving === 1 ? 'task' : 'tasks'} to leave the network.`);
      await this.state.until(
        () => tasksOn(this.state, network.id).length === 0 || waiting.signal.aborted || undefined,
        waiting.beatMs,
      );
    }
  }
}

/** The networks that services come from and go to, by their ids. */
function idsOf({ goal, network, replacement }: OperationDocument): [from: string, to: string] {
  const made = replacement.id ?? '';
  return goal === 'replace' ? [network.id, made] : [made, network.id];
}

function inputOf(id: string, { spec, force }: OperationDocument): CreateNetworkInput {
  return networkInputOf({ ...spec, labels: { ...spec.labels, [OPERATION_LABEL]: id } }, force);
}

function notConverged(name: string, { state, message }: Rollout): DomainError {
  return new DomainError(
    'conflict',
    `The service "${name}" did not come up again: its rollout is ${state}${message ? ` (${message})` : ''}. Mend the service and resume the operation (with "skip" if it is right as it is), or revoke it.`,
  );
}

const waitsFor = ({ percent, message }: Rollout): string =>
  `Waits for the service's tasks: ${percent} %.${message ? ` ${message}` : ''}`;
