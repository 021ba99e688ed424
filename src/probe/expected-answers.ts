import { Injectable } from '@nestjs/common';
import { NamesService } from '../discovery/names.service.ts';
import type { NameRecord, SilenceKind } from '../domain/names.ts';
import type { ExpectedAnswer } from '../domain/probe.ts';
import { ClusterState } from '../swarm/cluster-state.ts';

/** Reasons that a name is silent for, in which nobody on the network has it. */
const OF_NOBODY: readonly (SilenceKind | undefined)[] = ['no-such-name', 'elsewhere', 'joined-by-hand'];

/** What a name should answer, by the rules of the embedded DNS and the state in memory. */
@Injectable()
export class ExpectedAnswers {
  constructor(
    private readonly names: NamesService,
    private readonly state: ClusterState,
  ) {}

  /** Fails `not-found` once the network is gone. */
  of(networkId: string, name: string): ExpectedAnswer {
    const { records, reason } = this.names.resolve(networkId, name);
    const virtual = records.filter(isVirtual);
    const services = new Set(virtual.map(({ serviceName }) => serviceName));
    const behind = [...services].flatMap(
      (service) => this.names.resolve(networkId, `tasks.${service}`).records,
    );
    return {
      isKnown: !OF_NOBODY.includes(reason?.kind) || records.length > 0,
      addresses: records.map(({ address }) => address),
      virtualIps: virtual.map(({ address }) => address),
      tasks: [...records.filter((record) => !isVirtual(record)), ...behind].map(({ address, nodeId }) => ({
        address,
        nodeId,
      })),
      byHand: this.state.tasks
        .by('network', networkId)
        .filter(({ serviceId }) => serviceId === null)
        .flatMap(({ addresses }) => addresses)
        .filter((each) => each.networkId === networkId)
        .map(({ address }) => address),
      reason: reason?.detail ?? null,
    };
  }
}

/** Of a virtual IP only the service is known. */
const isVirtual = ({ serviceId, taskId }: NameRecord): boolean => serviceId !== null && taskId === null;
