import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT } from '../../scripts/project.ts';
import { endOf } from './child.ts';
import type { Bench } from './benchmark.ts';

/** What a probe answers to a question of its process. */
export type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}
interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: string;
}

/** A measuring process: a file of `bench/probes` that calls `answer`. Ends with the benchmark. */
export class Probe {
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private readonly child: ChildProcess;
  private asked = 0;

  private constructor(child: ChildProcess) {
    this.child = child;
    child.on('message', (answer: Answer) => {
      this.waiting.get(answer.id)?.(answer);
      this.waiting.delete(answer.id);
    });
    child.on('exit', () => {
      for (const [id, settle] of this.waiting) settle({ id, failure: 'The probe has ended.' });
    });
  }

  /**
   * Starts `bench/probes/<name>.ts`.
   * @param netns the path of the network namespace that it is in; ours unless told otherwise
   */
  static start(bench: Bench, name: string, netns?: string): Probe {
    const entered = netns && {
      execPath: 'nsenter',
      execArgv: [`--net=${netns}`, process.execPath, ...process.execArgv],
    };
    const file = join(PROJECT, 'bench', 'probes', `${name}.ts`);
    const child = fork(file, { serialization: 'advanced', ...entered });
    bench.atEnd(() => endOf(child));
    return new Probe(child);
  }

  /** Asks the probe, and waits for its answer. Rejects when it fails. */
  ask<T>(name: string, argument?: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = this.asked++;
      this.waiting.set(id, ({ value, failure }) => {
        if (failure === undefined) resolve(value as T);
        else reject(new Error(`The probe failed: ${failure}`));
      });
      this.child.send({ id, name, argument } satisfies Question);
    });
  }
}

/** In a probe: answers the questions of the process that has started it. */
export function answer(handlers: Handlers): void {
  process.on('message', ({ id, name, argument }: Question) => {
    void (async (): Promise<Answer> => {
      try {
        return { id, value: await handlers[name]?.(argument as never) };
      } catch (error) {
        return { id, failure: String((error as Error).stack ?? error) };
      }
    })().then((given) => process.send?.(given));
  });
  process.on('disconnect', () => process.exit());
}
