import { converse, RuntimeError } from './cli-connection.ts';
import type { RuntimeCommand } from './command.ts';
import { fillingSteps, stepsOf, type RuntimeStep, type StepSources } from './runtime-steps.ts';
import { infoOf, serverStatesOf, statRowsOf, type ServerState } from './show.ts';

const TIMEOUT_MS = 5000;

/** The runtime API of HAProxy (its management guide, 9.3), on the socket of the worker. */
export class RuntimeSocket {
  private readonly path: string;
  private readonly timeoutMs: number;

  constructor(path: string, timeoutMs = TIMEOUT_MS) {
    this.path = path;
    this.timeoutMs = timeoutMs;
  }

  /**
   * Does all of it, in order. Rejects with `RuntimeError` at the first that HAProxy refuses: those before it are done
   * then, and those behind it may be, so that only a reload is sure to help.
   */
  async run(commands: readonly RuntimeCommand[], sources: StepSources): Promise<void> {
    let steps: RuntimeStep[] = [];
    const left: RuntimeStep[] = [];
    for (const command of commands) {
      if (command.kind !== 'map-replace') {
        steps.push(...stepsOf(command, sources));
        continue;
      }
      left.push(...(await this.perform(steps)));
      const version = await this.prepare(command.map);
      steps = fillingSteps(command.map, version, command.text);
    }
    left.push(...(await this.perform(steps)));
    await this.perform(left);
  }

  /**
   * Takes a server out that was retired. False while it has connections: ask again later. True when there is nothing
   * left to do: it is gone, or serves again.
   */
  async remove(backend: string, server: string): Promise<boolean> {
    const [answer = ''] = await this.ask([`del server ${backend}/${server}`]);
    if (/Server deleted|No such (?:server|backend)|Only servers in maintenance/.test(answer)) return true;
    if (/connections? attached|still has|cannot be removed/i.test(answer)) return false;
    throw new RuntimeError(`HAProxy does not remove the server ${server} of ${backend}: ${answer.trim()}`);
  }

  async info(): Promise<ReadonlyMap<string, string>> {
    return infoOf(await this.show('show info'));
  }

  async stats(): Promise<ReadonlyMap<string, string>[]> {
    return statRowsOf(await this.show('show stat'));
  }

  async serverStates(): Promise<ServerState[]> {
    return serverStatesOf(await this.show('show servers state'));
  }

  /** The entries of a map, in HAProxy's order. */
  async map(path: string): Promise<(readonly [string, string])[]> {
    const text = await this.show(`show map ${path}`);
    return [...text.matchAll(/^0x[0-9a-f]+ (\S+) (.*)$/gm)].map(([, key = '', value = '']) => [key, value]);
  }

  private async show(line: string): Promise<string> {
    const [answer = ''] = await this.ask([line]);
    return answer;
  }

  /** Begins a new version of a map, and answers its number. */
  private async prepare(map: string): Promise<number> {
    const answer = await this.show(`prepare map ${map}`);
    const [, version] = /New version created: (\d+)/.exec(answer) ?? [];
    if (version === undefined) throw new RuntimeError(`HAProxy does not prepare ${map}: ${answer.trim()}`);
    return Number(version);
  }

  /** Does these steps, and answers those that are left to do. */
  private async perform(steps: readonly RuntimeStep[]): Promise<readonly RuntimeStep[]> {
    if (steps.length === 0) return [];
    const answers = await this.ask(
      steps.map(({ line, payload }) => (payload ? `${line}\n${payload}` : line)),
    );
    return steps.flatMap(({ line, done, ifThere }, index) => {
      const answer = answers[index];
      if (answer === undefined) throw new RuntimeError(`HAProxy closed before it answered "${line}".`);
      if (!done.test(answer)) throw new RuntimeError(`HAProxy refused "${line}": ${answer.trim()}`);
      return ifThere?.answer.test(answer) ? ifThere.steps : [];
    });
  }

  /** The answers to commands, of which each is a line, or one with a payload behind it. */
  private async ask(commands: readonly string[]): Promise<string[]> {
    // With a prompt the end of each answer can be told, also of empty ones.
    const text = await converse(this.path, `prompt\n${commands.join('\n')}\nquit\n`, this.timeoutMs);
    const [, ...answers] = text.split('\n> ');
    return answers.slice(0, commands.length).map((answer) => answer.replace(/^(?:\+ )+/, ''));
  }
}
