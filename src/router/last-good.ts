import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { RouterConfig } from '../domain/router-config.ts';
import { configHash } from '../proxy/config-hash.ts';
import { isConfig } from './config-events.ts';
import { writeAtomically } from './write-atomically.ts';

const NEWEST = 'last-good.json';
const BEFORE = 'last-good.1.json';
const NEXT = 'last-good.next.json';

/**
 * The configuration that was served last, on disk: two generations of it, so that one is good whatever happened to the
 * other. Keys of certificates are in it as they came, sealed.
 */
export class LastGood {
  /** @param ignored is told why a file that is there is not taken */
  constructor(
    private readonly directory: string,
    private readonly ignored: (path: string, reason: string) => void,
  ) {}

  /** The newest one that is whole; null when there is none. Never rejects. */
  async read(): Promise<RouterConfig | null> {
    return (await this.readFile(NEWEST)) ?? (await this.readFile(BEFORE));
  }

  /** Keeps a configuration. Rejects when the disk does not take it. */
  async write(config: RouterConfig): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const path = (name: string): string => join(this.directory, name);
    await writeAtomically(path(NEXT), JSON.stringify(config), { durable: true });
    await rename(path(NEWEST), path(BEFORE)).catch(unlessMissing);
    await rename(path(NEXT), path(NEWEST));
  }

  private async readFile(name: string): Promise<RouterConfig | null> {
    const path = join(this.directory, name);
    try {
      const config: unknown = JSON.parse(await readFile(path, 'utf8'));
      if (isConfig(config) && configHash(config) === config.hash) return config;
      this.ignored(path, 'It is not a configuration as it was written.');
    } catch (error) {
      if (!isMissing(error)) this.ignored(path, (error as Error).message);
    }
    return null;
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

function unlessMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
