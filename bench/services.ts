import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { say } from '../scripts/progress.ts';
import { ask } from './kit/ask.ts';
import { endOf } from './kit/child.ts';
import { takeTurns } from './kit/figures.ts';
import { ratioRow } from './kit/row.ts';
import { wrk, type WrkTarget } from './kit/wrk.ts';
import type { Bench, Benchmark } from './kit/benchmark.ts';

const PATH = '/v1/services?limit=1000';
const ENGINE_ON_LOOPBACK = 'http://127.0.0.1:2375';
/** Sends to every request what it has read from its standard input; says its port. */
const BARE_SERVER = `
const chunks = [];
process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
  const body = Buffer.concat(chunks);
  require('node:http')
    .createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.setHeader('content-length', body.length);
      response.end(body);
    })
    .listen(0, '127.0.0.1', function () { console.log(this.address().port); });
});`;

const rate = (perSecond: number): string => `${perSecond.toFixed(0)}/s`;

/** The list of all services, against the engine's own list and against a bare server that sends the same bytes. */
const services: Benchmark = async (bench) => {
  const swarm = await bench.swarm();
  const { host, port, url, headers } = await bench.server(swarm);
  const ours: WrkTarget = { url: `${url}${PATH}`, headers };

  say('GET /v1/services against the engine …');
  const netns = `/proc/${swarm.engine.netnsPid}/ns/net`;
  const list: WrkTarget = { url: `${ENGINE_ON_LOOPBACK}/services`, netns };
  const againstEngine = await takeTurns(
    () => wrk(ours),
    () => wrk(list),
  );

  say('GET /v1/services against a bare server that sends the same bytes …');
  const bare = await startBareServer(bench, await ask({ host, port, path: PATH, headers }));
  const againstBare = await takeTurns(
    () => wrk(ours),
    () => wrk({ url: bare }),
  );
  return [
    ratioRow(
      {
        benchmark: `\`GET /v1/services\` of ${swarm.shape.services} services`,
        reference: '`GET /services` of the engine',
        goal: { atLeast: 10 },
        format: rate,
      },
      ...againstEngine,
    ),
    ratioRow(
      {
        benchmark: 'the same',
        reference: 'a bare `node:http` server sending the same bytes',
        goal: { atLeast: 0.7 },
        format: rate,
      },
      ...againstBare,
    ),
  ];
};
export default services;

/** In a process of its own, as ours is. Answers its address. */
async function startBareServer(bench: Bench, body: Buffer): Promise<string> {
  const bare = spawn(process.execPath, ['-e', BARE_SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
  bench.atEnd(() => endOf(bare));
  bare.stdin.end(body);
  const [port] = (await once(bare.stdout, 'data')) as [Buffer];
  return `http://127.0.0.1:${port.toString().trim()}/`;
}
