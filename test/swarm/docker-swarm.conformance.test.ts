import { inject } from 'vitest';
import { dockerOptions } from '../../src/swarm/docker/docker-endpoint.ts';
import { DockerGateway } from '../../src/swarm/docker/docker-gateway.ts';
import { SwarmkitWatch } from '../../src/swarm/watch/swarmkit-watch.ts';
import { swarmConformance } from '../conformance/swarm-conformance.ts';

/** How long one call to the engine may take, in milliseconds; the server has the same. */
const CALL_TIMEOUT_MS = 10_000;

swarmConformance('A real swarm', () => {
  const { dockerHost, controlSocket, shared } = inject('engine');
  return Promise.resolve({
    gateway: new DockerGateway(
      dockerOptions({ host: dockerHost, tlsVerify: false, certPath: null }),
      CALL_TIMEOUT_MS,
    ),
    source: new SwarmkitWatch(controlSocket),
    image: 'busybox:latest',
    isOurs: !shared,
    close: () => Promise.resolve(),
  });
});
