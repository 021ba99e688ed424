import { pause } from '../../scripts/progress.ts';
import { mustRun } from '../../scripts/command.ts';
import type { RoutedSwarm } from './routed-swarm.ts';

const STARTS_WITHIN_MS = 10_000;
const POLL_MS = 50;
const ASK = `fetch(process.argv[1]).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))`;

/**
 * Starts HAProxy with a configuration written by hand, in the container of the router: the same program, network,
 * user and limits. Answers once it answers requests on this port with success.
 */
export async function startStaticProxy(swarm: RoutedSwarm, config: string, port: number): Promise<void> {
  const file = `/run/swarmplane-router/static-${port}.cfg`;
  await swarm.start(`printf %s "$CONFIG" > ${file} && exec haproxy -db -f ${file}`, { CONFIG: config });
  for (const deadline = performance.now() + STARTS_WITHIN_MS; performance.now() < deadline;) {
    try {
      await mustRun('nsenter', [
        `--net=${swarm.netns}`,
        process.execPath,
        '-e',
        ASK,
        `http://127.0.0.1:${port}/`,
      ]);
      return;
    } catch {
      await pause(POLL_MS);
    }
  }
  throw new Error(`The HAProxy on port ${port} did not answer within ${STARTS_WITHIN_MS} ms:\n${config}`);
}
