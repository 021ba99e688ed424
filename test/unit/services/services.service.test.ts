import { describe, expect, it } from 'vitest';
import type { ServiceSpec } from '../../../src/domain/service.ts';
import { ServicesService } from '../../../src/services/services.service.ts';
import type { CreateServiceInput } from '../../../src/services/services.types.ts';
import { SpecWrites } from '../../../src/services/spec-writes.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import type { SwarmGateway } from '../../../src/swarm/swarm-gateway.ts';
import { service, snapshot } from '../../factories/domain.ts';

/** What a new service would be created as. */
async function createdAs(input: CreateServiceInput): Promise<ServiceSpec> {
  const state = new ClusterState();
  state.apply([{ type: 'snapshot', snapshot: snapshot() }]);
  const specs: ServiceSpec[] = [];
  const gateway: Pick<SwarmGateway, 'createService'> = {
    createService: (spec) => {
      specs.push(spec);
      state.apply([{ type: 'upsert', kind: 'service', object: service({ ...spec, id: 's1' }) }]);
      return Promise.resolve('s1');
    },
  };
  await new ServicesService(state, gateway as SwarmGateway, new SpecWrites(state)).create(input);
  const [spec] = specs;
  if (!spec) throw new Error('Nothing was created.');
  return spec;
}

describe('ServicesService.create', () => {
  it('takes a null in a map for a key that is not there, as an update does', async () => {
    const holes = { A: '1', B: null } as unknown as Record<string, string>;
    const spec = await createdAs({
      name: 'web',
      image: 'nginx',
      env: holes,
      labels: holes,
      containerLabels: holes,
    });
    expect([spec.env, spec.labels, spec.containerLabels]).toEqual([{ A: '1' }, { A: '1' }, { A: '1' }]);
  });

  it('takes null for unset anywhere', async () => {
    const spec = await createdAs({ name: 'web', image: 'nginx', ports: null, replicas: null, labels: null });
    expect(spec).toMatchObject({ ports: [], replicas: null, labels: {} });
  });
});
