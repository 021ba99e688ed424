import { Agent, request } from 'node:http';
import { setTimeout as pass } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Echo } from './echo.ts';
import type { LoadReport, LoadWish } from './load.ts';

// Runs in the network of the node: clients that ask all the time, half of them on connections that they keep, half of them on
// new ones, and others with an open WebSocket on which they say something all the time. Whatever is no answer of a task
// is a failure, and none is tried again.

const wish = JSON.parse(process.argv[2] ?? '{}') as LoadWish;
const ANSWER_WITHIN_MS = 15_000;
const SAYS_EVERY_MS = 50;
/** So that the tasks, the router and Swarm get their turn on a small machine. In milliseconds. */
const BREATH_MS = 2;
/** Enough to see what kind of failure it is. */
const MAX_TOLD = 20;
/** RFC 6455: the other end goes away, in good order. */
const GOING_AWAY = 1001;

const report: LoadReport = {
  requests: 0,
  failures: [],
  failed: 0,
  byTask: {},
  sockets: { opened: 0, messages: 0, goneAway: 0, broken: [] },
};
let isOver = false;

function fail(what: string): void {
  report.failed++;
  if (report.failures.length < MAX_TOLD) report.failures.push(`${new Date().toISOString()} ${what}`);
}

async function ask(agent: Agent | false): Promise<void> {
  await new Promise<void>((resolve) => {
    const outgoing = request(
      {
        host: wish.address,
        port: wish.port,
        path: wish.path,
        headers: { Host: wish.host },
        agent,
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', (error) => (fail(`answer: ${error.message}`), resolve()));
        response.on('end', () => {
          report.requests++;
          const body = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) count(body);
          else fail(`status ${response.statusCode}: ${body.slice(0, 100)}`);
          resolve();
        });
      },
    );
    outgoing.on('error', (error) => (fail(`request: ${error.message}`), resolve()));
    outgoing.end();
  });
}

function count(body: string): void {
  const { task } = JSON.parse(body) as Echo;
  report.byTask[task] = (report.byTask[task] ?? 0) + 1;
}

async function askOn(isKept: boolean): Promise<void> {
  const agent = isKept ? new Agent({ keepAlive: true, maxSockets: 1 }) : false;
  while (!isOver) {
    await ask(agent);
    await pass(BREATH_MS);
  }
  if (agent) agent.destroy();
}

/** Keeps a WebSocket open, and opens another when the task goes away in good order. */
async function talk(): Promise<void> {
  const { sockets } = report;
  while (!isOver) {
    const socket = new WebSocket(`ws://${wish.address}:${wish.port}/`, { headers: { Host: wish.host } });
    let task = '';
    let said = 0;
    let heard = 0;
    const timer = setInterval(() => {
      if (socket.readyState === WebSocket.OPEN) socket.send(`${said++}`);
      if (isOver) socket.close();
    }, SAYS_EVERY_MS);
    socket.on('message', (data) => {
      const text = (data as Buffer).toString();
      if (task === '') {
        task = (JSON.parse(text) as Echo).task;
        if (++sockets.opened === wish.sockets) process.send?.('started');
      } else if (text === `${heard}`) {
        heard++;
        sockets.messages++;
      } else {
        sockets.broken.push({ task, why: `It says ${text} instead of ${heard}.` });
      }
    });
    const code = await new Promise<number>((resolve) => {
      socket.on('close', resolve);
      socket.on('error', () => {});
    });
    clearInterval(timer);
    if (code === GOING_AWAY) sockets.goneAway++;
    else if (!isOver) sockets.broken.push({ task, why: `It ended with ${code}.` });
  }
}

process.on('message', () => (isOver = true));
await Promise.all([
  ...Array.from({ length: wish.clients }, (_, index) => askOn(index % 2 === 0)),
  ...Array.from({ length: wish.sockets }, talk),
]);
process.send?.(report);
process.disconnect();
