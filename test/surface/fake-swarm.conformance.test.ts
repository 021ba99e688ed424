import { swarmConformance } from '../conformance/swarm-conformance.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';

swarmConformance('The fake swarm', () =>
  Promise.resolve({ ...new FakeSwarm().ports, image: 'busybox', close: () => Promise.resolve() }),
);
