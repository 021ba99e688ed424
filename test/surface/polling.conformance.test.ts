import { PollingWatch } from '../../src/swarm/poll/polling-watch.ts';
import { swarmConformance } from '../conformance/swarm-conformance.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';

// Without hints, so that everything has to be found by looking.
swarmConformance('The fake swarm, polled', () => {
  const { gateway } = new FakeSwarm();
  return Promise.resolve({
    gateway,
    source: new PollingWatch(gateway, null, { fastMs: 2, slowMs: 10, fullMs: 10, breatherMs: 1 }),
    image: 'busybox',
    seesEveryState: false,
    close: () => Promise.resolve(),
  });
});
