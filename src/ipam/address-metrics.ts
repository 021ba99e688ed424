import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Metrics } from '../api/metrics.ts';
import { AddressesService } from './addresses.service.ts';

/** Tells Prometheus how full the networks are. What is not known is left out. */
@Injectable()
export class AddressMetrics {
  constructor(metrics: Metrics, addresses: AddressesService) {
    new Gauge({
      name: 'swarmplane_network_addresses',
      help: 'Addresses of a subnet of a network: free, used, or reserved for nobody.',
      labelNames: ['network', 'subnet', 'state'],
      registers: [metrics.registry],
      async collect() {
        const samples: [labels: Record<'network' | 'subnet' | 'state', string>, value: number][] = [];
        for await (const { network, subnets } of addresses.usageOfAll()) {
          for (const { subnet, free, used, reserved } of subnets) {
            for (const [state, value] of Object.entries({ free, used, reserved })) {
              if (value !== null) samples.push([{ network: network.name, subnet, state }, value]);
            }
          }
        }
        // All at once, because somebody else may be reading them at the same time.
        this.reset();
        for (const [labels, value] of samples) this.set(labels, value);
      },
    });
  }
}
