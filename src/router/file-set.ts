import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeAtomically } from './write-atomically.ts';

/** The files that HAProxy reads. Only what changes is written, and what is no longer wanted goes. */
export class FileSet {
  /** What is on disk, by path. */
  private readonly written = new Map<string, string>();
  private turn: Promise<unknown> = Promise.resolve();

  /** Has these files there and no others of its own; calls are carried out one after the other. */
  write(files: ReadonlyMap<string, string>): Promise<void> {
    const done = this.turn.then(() => this.replace(files));
    this.turn = done.catch(() => {});
    return done;
  }

  private async replace(files: ReadonlyMap<string, string>): Promise<void> {
    for (const [path, text] of files) {
      if (this.written.get(path) === text) continue;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeAtomically(path, text, { durable: false });
      this.written.set(path, text);
    }
    for (const path of this.written.keys()) {
      if (files.has(path)) continue;
      await rm(path, { force: true });
      this.written.delete(path);
    }
  }
}
