import { FakeSwarm } from './fake-swarm.ts';

/** A swarm that nothing can be read from. */
export function unreachableSwarm(): FakeSwarm {
  const swarm = new FakeSwarm();
  swarm.source.open = async function* () {
    await new Promise((resolve) => setTimeout(resolve, 10));
    yield* [];
    throw new Error('The fake swarm is unreachable.');
  };
  return swarm;
}
