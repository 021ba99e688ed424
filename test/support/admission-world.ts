import type { AdmissionPolicy } from '../../src/domain/admission/policy.ts';
import { DEFAULT_POLICY } from '../../src/domain/admission/policy.ts';
import type { Surroundings } from '../../src/domain/admission/surroundings.ts';
import type { Network } from '../../src/domain/network.ts';
import { principalWith } from '../../src/domain/role.ts';
import { network, node, service } from '../factories/domain.ts';

export const ADMIN = principalWith('admin', { id: 'a1', name: 'root' });
export const OPERATOR = principalWith('operator', { id: 'o1', name: 'ci' });

/** Networks by their ids: one for everybody, one of a stack, one of routers, that of the routing mesh, and one of another driver. */
export const NETWORKS: Readonly<Record<string, Network>> = {
  open: network({ id: 'open', name: 'front' }),
  pay: network({ id: 'pay', name: 'pay_default', labels: { 'com.docker.stack.namespace': 'pay' } }),
  edge: network({
    id: 'edge',
    name: 'edge_routes',
    labels: { 'com.docker.stack.namespace': 'edge', 'io.swarmplane.router': '' },
  }),
  mesh: network({ id: 'mesh', name: 'ingress', ingress: true }),
  odd: network({ id: 'odd', name: 'lan', driver: 'macvlan' }),
};

/** A manager and a worker, and on the network `open` a service `db` that is `cache` and `store`, too. */
export const around = (policy: AdmissionPolicy = DEFAULT_POLICY): Surroundings => ({
  policy,
  nodes: [
    node({ id: 'm1', hostname: 'boss', role: 'manager' }),
    node({ id: 'w1', hostname: 'hand', labels: { zone: 'a' } }),
  ],
  network: (id) => NETWORKS[id],
  othersOn: (id) =>
    id === 'open'
      ? [
          service({
            id: 'other',
            name: 'db',
            hostname: 'store',
            networks: [{ networkId: 'open', aliases: ['Cache'], driverOptions: {} }],
          }),
        ]
      : [],
});
