import { WebSocket } from 'ws';
import { pause } from '../../scripts/progress.ts';
import type { Door } from '../kit/asker.ts';
import { now } from '../kit/clock.ts';
import { answer } from '../kit/probe.ts';

const SAYS_EVERY_MS = 1_000;
const ECHO_WITHIN_MS = 10_000;
const OPENS_WITHIN_MS = 20_000;
const POLL_MS = 10;
/** RFC 6455: the task goes away, and says so. */
const GOING_AWAY = 1001;

/** What became of the sockets. */
export interface Sockets {
  readonly opened: number;
  /** Those that a task ended which went away; another one was opened for each. */
  readonly ended: number;
  readonly echoes: number;
  /** Why others ended or were silent. */
  readonly broken: readonly string[];
}

const broken: string[] = [];
let opened = 0;
let ended = 0;
let echoes = 0;
let isOver = false;

answer({
  /** Opens so many sockets, and keeps as many open; answers when they are. */
  open: async ({ door, count }: { readonly door: Door; readonly count: number }): Promise<void> => {
    for (let index = 0; index < count; index++) void keep(door);
    for (const deadline = now() + OPENS_WITHIN_MS; opened < count; await pause(POLL_MS)) {
      if (now() > deadline) throw new Error(`${opened} sockets of ${count} opened: ${broken.join(' ')}`);
    }
  },
  end: (): Sockets => {
    isOver = true;
    return { opened, ended, echoes, broken };
  },
});

async function keep(door: Door): Promise<void> {
  while (!isOver) {
    const socket = new WebSocket(`ws://127.0.0.1:${door.port}/`, { headers: { host: door.host } });
    const complaint = await use(socket);
    socket.removeAllListeners().on('error', () => undefined);
    socket.terminate();
    if (complaint === null) ended++;
    else broken.push(complaint);
    // A task that cannot be reached must not be hammered.
    if (complaint !== null) await pause(SAYS_EVERY_MS);
  }
}

/** Says something each second, until the socket ends. Answers what was wrong with that; null for a task that goes. */
function use(socket: WebSocket): Promise<string | null> {
  return new Promise((resolve) => {
    let heardAt = now();
    const speaking = setInterval(() => {
      if (now() - heardAt > ECHO_WITHIN_MS) done(`Nothing was heard for ${ECHO_WITHIN_MS} ms.`);
      else if (socket.readyState === WebSocket.OPEN) socket.send('hello');
    }, SAYS_EVERY_MS);
    const done = (complaint: string | null): void => {
      clearInterval(speaking);
      resolve(complaint);
    };
    socket.on('open', () => opened++);
    socket.on('message', () => {
      heardAt = now();
      echoes++;
    });
    socket.on('error', (error) => done(error.message));
    socket.on('close', (code) => done(code === GOING_AWAY ? null : `It was closed with ${code}.`));
  });
}
