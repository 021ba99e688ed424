import type { OperationDocument } from '../../src/operations/operation-records.ts';
import type { SwarmGateway } from '../../src/swarm/swarm-gateway.ts';

/** An operation that is over. */
export function operationDocument(more: Partial<OperationDocument> = {}): OperationDocument {
  return {
    type: 'replace-network',
    network: { id: 'net1', name: 'my-network' },
    replacement: { id: 'net2', name: 'my-network-2' },
    order: 'attach-first',
    spec: {
      name: 'my-network-2',
      driver: 'overlay',
      labels: {},
      options: {},
      subnets: [],
      encrypted: true,
      attachable: false,
      internal: false,
      ipv6: false,
    },
    force: false,
    goal: 'replace',
    status: 'ended',
    steps: [],
    message: null,
    createdBy: 'admin',
    createdAt: '2026-01-02T03:04:05.000Z',
    runner: null,
    beat: 0,
    ...more,
  };
}

/** Puts an operation into the swarm, as a server would have left it. */
export async function keepOperation(
  gateway: SwarmGateway,
  id: string,
  more: Partial<OperationDocument> = {},
): Promise<void> {
  await gateway.createConfig(`swarmplane.operation.${id}`, {
    'swarmplane.document': JSON.stringify(operationDocument(more)),
  });
}
