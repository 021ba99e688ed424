import type { PrivateEngine } from '../../scripts/engine/private-engine.ts';
import { RUN_LABEL } from '../../src/probe/probe-label.ts';

const GONE_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 200;

/** Fails unless all that probes have made on these engines, the first of which is a manager, is gone within seconds. */
export async function untilProbesAreGone(engines: readonly PrivateEngine[]): Promise<void> {
  let left: string[] = [];
  for (let waited = 0; waited < GONE_WITHIN_MS; waited += LOOK_EVERY_MS) {
    left = await leftOn(engines);
    if (left.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`Left behind after ${GONE_WITHIN_MS} ms: ${left.join(', ')}`);
}

async function leftOn(engines: readonly PrivateEngine[]): Promise<string[]> {
  const query = { filters: JSON.stringify({ label: [RUN_LABEL] }) };
  const list = ({ client }: PrivateEngine, path: string, more = {}): Promise<object[]> =>
    client.call<object[]>('GET', path, { query: { ...query, ...more } });
  const lists = engines.flatMap((engine, index) => [
    list(engine, '/containers/json', { all: 'true' }),
    ...(index === 0 ? [list(engine, '/services'), list(engine, '/networks')] : []),
  ]);
  return (await Promise.all(lists)).flat().map((each) => JSON.stringify(each).slice(0, 100));
}
