import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import { Pulse } from '../api/pulse.ts';

/** How long it is waited for the other files after one has changed, in milliseconds. */
const SETTLE_MS = 250;
/** How often it is looked where nothing tells of changes, such as on a network's file system, in milliseconds. */
const LOOK_MS = 10_000;

/**
 * Calls `look` soon after one of these files may have changed, and now and then besides. What is watched is the directories:
 * files are replaced by others of the same name, or by links to others. Returns the way to stop it.
 */
export function followFiles(paths: readonly string[], look: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(look, SETTLE_MS).unref();
  };
  const watchers = [...new Set(paths.map(dirname))].flatMap((directory) => watchOf(directory, soon));
  const leave = Pulse.join(LOOK_MS, look);
  return () => {
    clearTimeout(timer);
    leave();
    for (const watcher of watchers) watcher.close();
  };
}

/** None where it cannot be watched: the looks now and then must do. */
function watchOf(directory: string, changed: () => void): FSWatcher[] {
  try {
    const watcher = watch(directory, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}
