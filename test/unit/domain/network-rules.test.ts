import { describe, expect, it } from 'vitest';
import { checkNetworkSpec, checkOverlap } from '../../../src/domain/network-rules.ts';
import type { Occupied } from '../../../src/domain/ipam.ts';
import type { NetworkSpec } from '../../../src/domain/network.ts';
import { networkSpec, subnet } from '../../factories/domain.ts';

const pointers = (spec: NetworkSpec): string[] => checkNetworkSpec(spec).map((error) => error.pointer);

describe('checkNetworkSpec', () => {
  it.each<[string, Partial<NetworkSpec>]>([
    ['nothing but a name', {}],
    ['a name of one letter', { name: 'a' }],
    ['a name of 64 characters', { name: 'a'.repeat(64) }],
    ['dots, hyphens and underscores within the name', { name: 'a.b-c_d.1' }],
    ['a name that only begins like a reserved one', { name: 'hosts' }],
    ['other driver options', { options: { 'com.docker.network.driver.mtu': '1450' } }],
    ['a subnet', { subnets: [subnet('10.0.9.0/24')] }],
    ['the smallest IPv4 subnet', { subnets: [subnet('10.0.9.0/29')] }],
    ['the smallest IPv6 subnet', { ipv6: true, subnets: [subnet('fd00::/125')] }],
    ['a gateway in the subnet', { subnets: [subnet('10.0.9.0/24', { gateway: '10.0.9.254' })] }],
    ['a range in the subnet', { subnets: [subnet('10.0.9.0/24', { ipRange: '10.0.9.128/25' })] }],
    ['a range that is the subnet', { subnets: [subnet('10.0.9.0/24', { ipRange: '10.0.9.0/24' })] }],
    ['subnets side by side', { subnets: [subnet('10.0.8.0/24'), subnet('10.0.9.0/24')] }],
    ['both families', { ipv6: true, subnets: [subnet('10.0.9.0/24'), subnet('fd00::/64')] }],
    ['everything switched on', { encrypted: true, attachable: true, internal: true, ipv6: true }],
  ])('allows %s', (_, overrides) => {
    expect(checkNetworkSpec(networkSpec(overrides))).toEqual([]);
  });

  it.each<[string, Partial<NetworkSpec>, string]>([
    ['an empty name', { name: '' }, '/name'],
    ['a name of 65 characters', { name: 'a'.repeat(65) }, '/name'],
    ['a name that begins with a hyphen', { name: '-a' }, '/name'],
    ['a name that ends with a dot', { name: 'a.' }, '/name'],
    ['a space in the name', { name: 'a b' }, '/name'],
    ['a line break behind the name', { name: 'a\n' }, '/name'],
    ['letters beyond ASCII in the name', { name: 'grün' }, '/name'],
    ['the name bridge', { name: 'bridge' }, '/name'],
    ['the name host', { name: 'host' }, '/name'],
    ['the name none', { name: 'none' }, '/name'],
    ['the name default', { name: 'default' }, '/name'],
    ['another driver', { driver: 'bridge' }, '/driver'],
    ['the option behind a field', { options: { encrypted: '' } }, '/options/encrypted'],
    ['a subnet that is none', { subnets: [subnet('10.0.9.0')] }, '/subnets/0/subnet'],
    ['host bits in a subnet', { subnets: [subnet('10.0.9.7/24')] }, '/subnets/0/subnet'],
    ['an IPv4 subnet without room', { subnets: [subnet('10.0.9.0/30')] }, '/subnets/0/subnet'],
    ['an IPv6 subnet without room', { ipv6: true, subnets: [subnet('fd00::/126')] }, '/subnets/0/subnet'],
    [
      'a gateway that is no address',
      { subnets: [subnet('10.0.9.0/24', { gateway: '10.0.9.1/24' })] },
      '/subnets/0/gateway',
    ],
    [
      'a gateway outside',
      { subnets: [subnet('10.0.9.0/24', { gateway: '10.0.8.1' })] },
      '/subnets/0/gateway',
    ],
    [
      'a gateway of the other family',
      { subnets: [subnet('10.0.9.0/24', { gateway: 'fd00::1' })] },
      '/subnets/0/gateway',
    ],
    [
      'a range that is none',
      { subnets: [subnet('10.0.9.0/24', { ipRange: '10.0.9.128' })] },
      '/subnets/0/ipRange',
    ],
    [
      'a range outside',
      { subnets: [subnet('10.0.9.0/24', { ipRange: '10.0.8.0/25' })] },
      '/subnets/0/ipRange',
    ],
    [
      'a range around the subnet',
      { subnets: [subnet('10.0.9.0/24', { ipRange: '10.0.8.0/23' })] },
      '/subnets/0/ipRange',
    ],
    [
      'host bits in a range',
      { subnets: [subnet('10.0.9.0/24', { ipRange: '10.0.9.129/25' })] },
      '/subnets/0/ipRange',
    ],
    [
      'addresses that Docker would drop',
      { subnets: [subnet('10.0.9.0/24', { auxAddresses: { router: '10.0.9.2' } })] },
      '/subnets/0/auxAddresses',
    ],
    [
      'a subnet within another',
      { subnets: [subnet('10.0.0.0/16'), subnet('10.1.0.0/16'), subnet('10.0.9.0/24')] },
      '/subnets/2/subnet',
    ],
    ['a subnet twice', { subnets: [subnet('10.0.9.0/24'), subnet('10.0.9.0/24')] }, '/subnets/1/subnet'],
    [
      'an IPv6 subnet without the switch',
      { subnets: [subnet('10.0.9.0/24'), subnet('fd00::/64')] },
      '/subnets/1/subnet',
    ],
  ])('refuses %s', (_, overrides, pointer) => {
    expect(pointers(networkSpec(overrides))).toEqual([pointer]);
  });

  it('says every mistake at once', () => {
    const spec = networkSpec({
      name: '',
      driver: 'macvlan',
      options: { encrypted: '' },
      subnets: [subnet('10.0.9.7/30', { gateway: 'x', ipRange: 'y', auxAddresses: { a: 'b' } })],
    });
    expect(pointers(spec)).toEqual([
      '/name',
      '/driver',
      '/options/encrypted',
      '/subnets/0/subnet',
      '/subnets/0/subnet',
      '/subnets/0/gateway',
      '/subnets/0/ipRange',
      '/subnets/0/auxAddresses',
    ]);
  });

  it('says how a subnet with host bits should have been written', () => {
    const [error] = checkNetworkSpec(networkSpec({ subnets: [subnet('10.0.9.7/24')] }));
    expect(error?.detail).toContain('10.0.9.0/24');
  });
});

describe('checkOverlap', () => {
  const occupied = (cidr: string, overrides: Partial<Occupied> = {}): Occupied => ({
    subnet: cidr,
    by: 'network',
    name: 'back',
    id: 'abc',
    ...overrides,
  });
  const others = [occupied('10.0.0.0/16'), occupied('fd00::/64')];

  it('names the network whose addresses would be shared', () => {
    const errors = checkOverlap([subnet('10.9.0.0/24'), subnet('10.0.9.0/24')], others);
    expect(errors.map((error) => error.pointer)).toEqual(['/subnets/1/subnet']);
    expect(errors[0]?.detail).toMatch(/10\.0\.0\.0\/16.*"back" \(abc\)/);
  });

  it('looks at everything that has addresses and at both families', () => {
    const wanted = [subnet('10.0.9.0/24'), subnet('fd00::/48')];
    expect(checkOverlap(wanted, [...others, occupied('10.0.9.0/28')])).toHaveLength(3);
  });

  it('finds nothing among blocks side by side, other families and what is no subnet', () => {
    expect(checkOverlap([subnet('10.1.0.0/16'), subnet('what')], [...others, occupied('')])).toEqual([]);
  });

  it.each<[Partial<Occupied>, RegExp]>([
    [{ by: 'local-network', name: 'bridge' }, /"bridge", which the engine's own machine has.*"force": true/],
    [{ by: 'node', subnet: '10.0.9.7/32', name: 'alpha' }, /node "alpha" \(10\.0\.9\.7\).*"force": true/],
    [{ by: 'reserved', id: null }, /SWARMPLANE_RESERVED_RANGES.*"force": true/],
  ])('says of %o what can be done, and can be forced', (overrides, text) => {
    const other = occupied('10.0.0.0/16', overrides);
    const [error, ...more] = checkOverlap([subnet('10.0.9.0/24')], [other]);
    expect(more).toEqual([]);
    expect(error?.detail).toMatch(text);
    expect(checkOverlap([subnet('10.0.9.0/24')], [other], true)).toEqual([]);
  });

  it('is not forced past another network, because Swarm gives no addresses twice', () => {
    const [error] = checkOverlap([subnet('10.0.9.0/24')], others, true);
    expect(error?.detail).toMatch(/"back".*which "force" cannot change/);
  });
});
