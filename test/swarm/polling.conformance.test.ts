import { inject } from 'vitest';
import { dockerOptions } from '../../src/swarm/docker/docker-endpoint.ts';
import { DockerGateway } from '../../src/swarm/docker/docker-gateway.ts';
import { dockerHints } from '../../src/swarm/docker/docker-hints.ts';
import { PollingWatch } from '../../src/swarm/poll/polling-watch.ts';
import { swarmConformance } from '../conformance/swarm-conformance.ts';

/** How long one call to the engine may take, in milliseconds; the server has the same. */
const CALL_TIMEOUT_MS = 10_000;

swarmConformance('A real swarm, polled', () => {
  const { dockerHost, shared } = inject('engine');
  const gateway = new DockerGateway(
    dockerOptions({ host: dockerHost, tlsVerify: false, certPath: null }),
    CALL_TIMEOUT_MS,
  );
  return Promise.resolve({
    gateway,
    source: new PollingWatch(gateway, dockerHints(gateway)),
    image: 'busybox:latest',
    isOurs: !shared,
    seesEveryState: false,
    close: () => Promise.resolve(),
  });
});
