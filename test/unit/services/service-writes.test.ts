import { describe, expect, it } from 'vitest';
import { Admission } from '../../../src/admission/admission.service.ts';
import { AdmissionPolicies } from '../../../src/admission/admission-policies.ts';
import { SwarmSettings } from '../../../src/cluster/swarm-settings.ts';
import { ITSELF } from '../../../src/domain/role.ts';
import type { ServiceSpec } from '../../../src/domain/service.ts';
import { AddressBook } from '../../../src/ipam/address-book.ts';
import { AddressCheck } from '../../../src/ipam/address-check.service.ts';
import { AddressesService } from '../../../src/ipam/addresses.service.ts';
import { EngineCounts } from '../../../src/ipam/engine-counts.ts';
import { PortsService } from '../../../src/ports/ports.service.ts';
import { RouteBook } from '../../../src/routing/route-book.ts';
import { RouteEffects } from '../../../src/routing/route-effects.ts';
import { RouteRecords } from '../../../src/routing/route-records.ts';
import type { RolloutWait } from '../../../src/services/rollout-wait.ts';
import { FileReferences } from '../../../src/secrets/file-references.service.ts';
import { StoredFilesService } from '../../../src/secrets/stored-files.service.ts';
import { ImageResolver } from '../../../src/services/image-resolver.ts';
import { ServiceLookups } from '../../../src/services/service-lookups.service.ts';
import { ServicePlanner } from '../../../src/services/service-planner.ts';
import { ServiceWrites } from '../../../src/services/service-writes.service.ts';
import { ServicesService } from '../../../src/services/services.service.ts';
import type { CreateServiceInput } from '../../../src/services/services.types.ts';
import { SpecWrites } from '../../../src/services/spec-writes.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import type { SwarmGateway } from '../../../src/swarm/swarm-gateway.ts';
import { service, snapshot } from '../../factories/domain.ts';
import { MemoryStore } from '../auth/memory-store.ts';

/** What a new service would be created as. */
async function createdAs(input: CreateServiceInput): Promise<ServiceSpec> {
  const state = new ClusterState();
  state.apply([{ type: 'snapshot', snapshot: snapshot() }]);
  const specs: ServiceSpec[] = [];
  const gateway: Pick<SwarmGateway, 'createService' | 'apiVersion'> = {
    apiVersion: () => Promise.resolve('1.41'),
    createService: (spec) => {
      specs.push(spec);
      state.apply([{ type: 'upsert', kind: 'service', object: service({ ...spec, id: 's1' }) }]);
      return Promise.resolve('s1');
    },
  };
  const ports = new PortsService(state, new SwarmSettings(gateway as SwarmGateway));
  const book = new AddressBook(state);
  const addresses = new AddressesService(state, new EngineCounts(gateway as SwarmGateway), book);
  const check = new AddressCheck(state, addresses, book);
  const writes = new SpecWrites(state);
  const store = new MemoryStore();
  const routes = new RouteEffects(new RouteBook(state, new RouteRecords(store)));
  const planner = new ServicePlanner(state, ports, check, gateway as SwarmGateway, routes);
  const services = new ServicesService(state);
  const nobodyWaits = {} as RolloutWait;
  const files = new FileReferences(new StoredFilesService(gateway as SwarmGateway, state));
  const lookups = new ServiceLookups(files, new ImageResolver(gateway as SwarmGateway));
  const admission = new Admission(state, new AdmissionPolicies(store));
  const given = [state, gateway as SwarmGateway, services, planner, writes, nobodyWaits, lookups] as const;
  await new ServiceWrites(...given, admission).create(input).apply(ITSELF);
  const [spec] = specs;
  if (!spec) throw new Error('Nothing was created.');
  return spec;
}

describe('ServiceWrites.create', () => {
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
