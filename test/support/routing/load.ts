import { fileURLToPath } from 'node:url';
import type { EngineNetwork } from './engine-network.ts';

const PROGRAM = fileURLToPath(new URL('./load-generator.ts', import.meta.url));

/** What the program says once it is under way. */
export const STARTED = 'started';

export interface LoadWish {
  readonly address: string;
  readonly port: number;
  readonly host: string;
  readonly path: string;
  /** How many ask at once. */
  readonly clients: number;
  /** How many WebSockets are open. */
  readonly sockets: number;
}

export interface LoadReport {
  requests: number;
  failed: number;
  /** The first of them. */
  failures: string[];
  /** How many answers each task has given. */
  byTask: Record<string, number>;
  sockets: {
    opened: number;
    messages: number;
    /** Closed by a task that was told to stop, as it should. */
    goneAway: number;
    /** Closed otherwise, or with something lost. */
    broken: { task: string; why: string }[];
  };
}

/** Requests and WebSockets without a pause (`load-generator.ts`), from the network of the node. */
export class Load {
  /** Resolves once all WebSockets are open, and requests are answered. */
  readonly started: Promise<void>;
  private readonly child;
  private readonly report: Promise<LoadReport>;

  constructor(network: EngineNetwork, wish: Omit<LoadWish, 'address'>) {
    const whole: LoadWish = { ...wish, address: network.address };
    this.child = network.spawn([process.execPath, PROGRAM, JSON.stringify(whole)]);
    const ended = new Promise<never>((_resolve, reject) =>
      this.child.once('exit', (code) => reject(new Error(`The clients have ended with ${code}.`))),
    );
    const first = new Promise<void>((resolve) => this.child.once('message', () => resolve()));
    this.started = Promise.race([first, ended]);
    const last = new Promise<LoadReport>((resolve) =>
      this.child.on('message', (message) => message !== STARTED && resolve(message as LoadReport)),
    );
    this.report = Promise.race([last, ended]);
    // It is waited for at the end only.
    this.report.catch(() => {});
  }

  /** Lets what is running come to its end, and answers what was seen. */
  stop(): Promise<LoadReport> {
    this.child.send('stop');
    return this.report;
  }
}
