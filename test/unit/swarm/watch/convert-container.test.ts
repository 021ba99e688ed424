import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ServiceSpec } from '../../../../src/domain/service.ts';
import { serviceFromSwarmkit } from '../../../../src/swarm/watch/convert-service.ts';
import type { ServiceMessage } from '../../../../src/swarm/watch/messages.ts';
import { decoderOf } from '../../../../src/swarm/watch/protocol.ts';
import { validServiceSpec } from '../../../factories/arbitrary.ts';
import { specMessage } from '../../../factories/swarmkit-spec.ts';
import { Wire } from '../../../factories/swarmkit-wire.ts';

const swarmkit = Wire.plain();
const services = decoderOf<ServiceMessage>('Service');

/** swarmkit has no propagation that is unset. */
const asSwarmkitHasIt = (mounts: ServiceSpec['mounts']): ServiceSpec['mounts'] =>
  mounts.map((mount) => ({
    ...mount,
    bindOptions: mount.bindOptions && {
      ...mount.bindOptions,
      propagation: mount.bindOptions.propagation ?? 'rprivate',
    },
  }));

it('reads every setting of any container as it was put on the wire', () => {
  fc.assert(
    fc.property(validServiceSpec, (spec) => {
      const bytes = swarmkit.encode('Service', { spec: specMessage(spec) });
      const read = serviceFromSwarmkit(services.decode(bytes));
      const { groups, hosts, dnsConfig, init, tty, openStdin, readOnly, stopSignal, healthcheck } = spec;
      const { secrets, configs, sysctls, ulimits, capabilityAdd, capabilityDrop, privileges } = spec;
      const settings = { groups, hosts, dnsConfig, init, tty, openStdin, readOnly, stopSignal, healthcheck };
      const more = { secrets, configs, sysctls, ulimits, capabilityAdd, capabilityDrop, privileges };
      const { isolation, oomScoreAdj, resources, logDriver } = spec;
      const wanted = { ...settings, ...more, isolation, oomScoreAdj, resources, logDriver };
      const own = Object.fromEntries(
        Object.keys(wanted).map((field) => [field, read[field as keyof typeof read]]),
      );
      expect(own).toEqual(wanted);
      expect(read.mounts).toEqual(asSwarmkitHasIt(spec.mounts));
      expect(read.placement.platforms).toEqual(spec.placement.platforms);
    }),
    { numRuns: 300 },
  );
});
