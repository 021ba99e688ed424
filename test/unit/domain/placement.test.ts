import { describe, expect, it } from 'vitest';
import { meetsConstraints } from '../../../src/domain/placement.ts';
import { node } from '../../factories/domain.ts';

describe('meetsConstraints', () => {
  const here = node({
    id: 'Abc',
    hostname: 'Alpha',
    role: 'manager',
    labels: { zone: 'A' },
    engineLabels: { disk: 'ssd' },
    address: '192.0.2.7',
  });

  it.each<[string, boolean]>([
    ['node.id==abc', true],
    ['node.hostname == alpha', true],
    ['node.hostname!=alpha', false],
    ['node.role==manager', true],
    ['NODE.Role==manager', true],
    ['Node.Labels.zone==a', true],
    ['node.labels.ZONE==a', false],
    ['node.role==worker', false],
    ['node.platform.os==linux', true],
    ['node.platform.arch==x86_64', true],
    ['node.platform.arch!=x86_64', false],
    ['node.labels.zone==a', true],
    ['node.labels.zone==b', false],
    ['node.labels.none==yes', false],
    ['node.labels.none!=yes', true],
    ['engine.labels.disk==ssd', true],
    ['engine.labels.disk!=ssd', false],
    ['node.ip==192.0.2.7', true],
    ['node.ip==192.0.2.0/24', true],
    ['node.ip!=192.0.2.0/24', false],
    ['node.ip==198.51.100.0/24', false],
    ['node.colour==red', false],
    ['node.colour!=red', false],
    ['nonsense', false],
  ])('%s: %s', (constraint, expected) => {
    expect(meetsConstraints(here, [constraint])).toBe(expected);
  });

  it('wants all of them', () => {
    expect(meetsConstraints(here, [])).toBe(true);
    expect(meetsConstraints(here, ['node.role==manager', 'node.labels.zone==a'])).toBe(true);
    expect(meetsConstraints(here, ['node.role==manager', 'node.labels.zone==b'])).toBe(false);
  });

  it('knows no address of a node that has not reported', () => {
    const unseen = node({ address: null });
    expect(meetsConstraints(unseen, ['node.ip==192.0.2.7'])).toBe(false);
    expect(meetsConstraints(unseen, ['node.ip!=192.0.2.7'])).toBe(true);
  });
});
