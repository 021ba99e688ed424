import { describe, expect, it } from 'vitest';
import { VisibleState } from '../../../src/api/visible-state.ts';
import { ITSELF } from '../../../src/domain/role.ts';
import type { ServiceSpec } from '../../../src/domain/service.ts';
import { FileReferences } from '../../../src/secrets/file-references.service.ts';
import { StoredFilesService } from '../../../src/secrets/stored-files.service.ts';
import { ImageResolver } from '../../../src/services/image-resolver.ts';
import { ServiceLookups } from '../../../src/services/service-lookups.service.ts';
import { ServiceSpecs } from '../../../src/services/service-specs.service.ts';
import type { CreateServiceInput } from '../../../src/services/services.types.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import type { SwarmGateway } from '../../../src/swarm/swarm-gateway.ts';
import { snapshot } from '../../factories/domain.ts';

/** What an input means where nothing has to be looked up. */
function specOf(input: CreateServiceInput): Promise<ServiceSpec> {
  const state = new ClusterState();
  state.apply([{ type: 'snapshot', snapshot: snapshot() }]);
  const visible = new VisibleState(state);
  const notAsked = {} as SwarmGateway;
  const files = new FileReferences(new StoredFilesService(notAsked, state, visible));
  const lookups = new ServiceLookups(files, new ImageResolver(notAsked));
  return new ServiceSpecs(state, visible, lookups).of(input, ITSELF);
}

describe('ServiceSpecs.of', () => {
  it('takes a null in a map for a key that is not there, as an update does', async () => {
    const holes = { A: '1', B: null } as unknown as Record<string, string>;
    const spec = await specOf({
      name: 'web',
      image: 'nginx',
      env: holes,
      labels: holes,
      containerLabels: holes,
    });
    expect([spec.env, spec.labels, spec.containerLabels]).toEqual([{ A: '1' }, { A: '1' }, { A: '1' }]);
  });

  it('takes null for unset anywhere', async () => {
    const spec = await specOf({ name: 'web', image: 'nginx', ports: null, replicas: null, labels: null });
    expect(spec).toMatchObject({ ports: [], replicas: null, labels: {} });
  });
});
