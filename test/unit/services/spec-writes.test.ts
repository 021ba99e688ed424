import { describe, expect, it } from 'vitest';
import { SpecWrites } from '../../../src/services/spec-writes.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import { network, service } from '../../factories/domain.ts';

describe('SpecWrites', () => {
  const state = (): {
    state: ClusterState;
    writes: SpecWrites;
    see: (version: number, specVersion: number | null) => void;
  } => {
    const cluster = new ClusterState();
    return {
      state: cluster,
      writes: new SpecWrites(cluster),
      see: (version, specVersion) =>
        cluster.apply([{ type: 'upsert', kind: 'service', object: service({ version, specVersion }) }]),
    };
  };

  it('knows the first version that had the spec of now, whatever Swarm writes by itself', () => {
    const { writes, see } = state();
    expect(writes.lastOf('svc1')).toBeUndefined();
    const steps: [version: number, specVersion: number, expected: number][] = [
      [10, 9, 10],
      [12, 9, 10],
      [15, 14, 15],
      [18, 14, 15],
      // A rollback brings the mark of the old spec back.
      [20, 9, 20],
      [22, 9, 20],
    ];
    for (const [version, specVersion, expected] of steps) {
      see(version, specVersion);
      expect(writes.lastOf('svc1')).toBe(expected);
    }
  });

  it('takes every version for a write when the source does not say', () => {
    const { writes, see } = state();
    see(10, null);
    see(12, null);
    expect(writes.lastOf('svc1')).toBe(12);
  });

  it('forgets services that are removed, and looks at nothing else', () => {
    const { state: cluster, writes, see } = state();
    cluster.apply([{ type: 'upsert', kind: 'network', object: network({ id: 'svc1' }) }]);
    expect(writes.lastOf('svc1')).toBeUndefined();
    see(10, 9);
    cluster.apply([{ type: 'remove', kind: 'service', id: 'svc1' }]);
    expect(writes.lastOf('svc1')).toBeUndefined();
  });
});
