import { describe, expect, it } from 'vitest';
import { networkPrivileges } from '../../../../src/domain/admission/network-privileges.ts';
import { DEFAULT_POLICY } from '../../../../src/domain/admission/policy.ts';
import type { NetworkSpec } from '../../../../src/domain/network.ts';
import { networkSpec, subnet } from '../../../factories/domain.ts';

const OCCUPIED = [{ subnet: '10.1.0.0/16', by: 'local-network', name: 'lan', id: 'l1' }] as const;
const asked = (part: Partial<NetworkSpec>): string[][] =>
  networkPrivileges(networkSpec(part), { policy: DEFAULT_POLICY, occupied: OCCUPIED }).map(
    ({ rule, pointer, name }) => [rule, pointer, name],
  );

describe('What a network asks for', () => {
  it.each<[Partial<NetworkSpec>, ...string[][]]>([
    [{}],
    [{ encrypted: true, attachable: true, internal: true, ipv6: true, labels: { a: 'b' } }],
    [{ subnets: [subnet('10.9.0.0/24')] }],
    [{ driver: 'macvlan' }, ['network-drivers', '/driver', 'macvlan']],
    [
      { options: { 'com.docker.network.driver.overlay.vxlanid_list': '4097' } },
      [
        'driver-options',
        '/options/com.docker.network.driver.overlay.vxlanid_list',
        'com.docker.network.driver.overlay.vxlanid_list=4097',
      ],
    ],
    [
      { labels: { 'io.swarmplane.router': '', 'swarmplane.operation': 'o1' } },
      ['reserved-labels', '/labels/io.swarmplane.router', 'io.swarmplane.router='],
      ['reserved-labels', '/labels/swarmplane.operation', 'swarmplane.operation=o1'],
    ],
    [
      { subnets: [subnet('10.9.0.0/24'), subnet('10.1.2.0/24')] },
      ['subnets', '/subnets/1/subnet', '10.1.2.0/24'],
    ],
    [
      { configFrom: 'x', ingress: true } as Partial<NetworkSpec>,
      ['unknown', '/configFrom', '/configFrom'],
      ['unknown', '/ingress', '/ingress'],
    ],
  ])('%j', (part, ...privileges) => expect(asked(part)).toEqual(privileges));
});
