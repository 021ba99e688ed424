import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { EngineEndpoint } from './engine/engine-endpoint.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What `up` changed on this machine. Each entry is written before the change, so that an interrupted `up` is undone too. */
export interface UpState {
  /** Set when the data directory was not there before. */
  madeDataDirectory?: true;
  /** Set when there was no admin token before, so that the server's is ours to remove. */
  madeAdminToken?: true;
  /** Packages that were not installed before. */
  packages?: string[];
  /** The engine was not running before. Without a process systemd runs it. */
  engine?: { startedBy: 'systemd' | 'background'; process?: ProcessIdentity };
  /** The engine was in no swarm before. Without an id, `up` was interrupted in between. */
  swarm?: { endpoint: EngineEndpoint; startedAt: string; clusterId?: string };
  /** There was no router service of this name before. */
  router?: { endpoint: EngineEndpoint; service: string };
  /** The last server started. */
  server?: ProcessIdentity;
}

/** The data directory that the server uses too, absolute. */
export function dataDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env.SWARMPLANE_DATA_DIR || 'data');
}

/** `up.json` in the data directory: the list of what `down` has to undo. */
export class UpRecord {
  readonly directory: string;
  #state: UpState;

  private constructor(directory: string, state: UpState) {
    this.directory = directory;
    this.#state = state;
  }

  /** Reads the record of earlier runs. A missing one is empty; an unreadable one rejects, because it may hold our only notes. */
  static open(directory: string): UpRecord {
    const file = join(directory, 'up.json');
    if (!existsSync(file)) return new UpRecord(directory, {});
    try {
      return new UpRecord(directory, JSON.parse(readFileSync(file, 'utf8')) as UpState);
    } catch (error) {
      throw new Error(`${file} cannot be read (${(error as Error).message}). Mend or delete it.`, {
        cause: error,
      });
    }
  }

  get state(): Readonly<UpState> {
    return this.#state;
  }

  get file(): string {
    return join(this.directory, 'up.json');
  }

  get isEmpty(): boolean {
    return Object.values(this.#state).every((value) => value === undefined);
  }

  /** Changes entries and writes the file before it returns; an entry set to undefined is forgotten. */
  update(change: { [K in keyof UpState]?: UpState[K] | undefined }): void {
    const state = { ...this.#state, ...change };
    if (!existsSync(this.directory)) {
      mkdirSync(this.directory, { recursive: true, mode: 0o700 });
      state.madeDataDirectory = true;
    }
    this.#state = state;
    // Renamed into place: a crash must not leave half a record.
    writeFileSync(`${this.file}.new`, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
  }

  /** Notes packages as ours, beside those noted before. */
  addPackages(packages: readonly string[]): void {
    this.update({ packages: [...new Set([...(this.#state.packages ?? []), ...packages])] });
  }

  /** Removes the record, and the data directory too if `up` made it and nothing else is in it. */
  remove(): void {
    const made = this.#state.madeDataDirectory;
    rmSync(this.file, { force: true });
    this.#state = {};
    if (!made) return;
    try {
      rmdirSync(this.directory);
    } catch {
      // The server's own data is still there; that is for its owner to delete.
    }
  }
}
