import { readFileSync } from 'node:fs';

/** More connections at once than this are not taken, however many files may be open: each costs memory. */
const MOST = 50_000;
/** Fewer than this is worth telling. */
const FEW = 4_000;
/** A connection has two ends; a server that is checked, a log and so on take files besides. */
const FILES_EACH = 2;
const FILES_BESIDES = 1_000;

/** How many connections HAProxy may take, and what the operator is to be told of it; null when it is enough. */
export interface ConnectionLimit {
  readonly maxConnections: number;
  readonly problem: string | null;
}

/** @param openFiles how many files a process may have open */
export function connectionLimit(openFiles: number): ConnectionLimit {
  const besides = Math.min(FILES_BESIDES, openFiles / 2);
  const maxConnections = Math.min(MOST, Math.floor((openFiles - besides) / FILES_EACH));
  const needed = FEW * FILES_EACH + FILES_BESIDES;
  return {
    maxConnections,
    problem:
      maxConnections >= FEW
        ? null
        : `A process may have ${openFiles} files open, which is enough for ${maxConnections} connections only. ` +
          `Raise the limit "nofile" of the router service to ${needed} or more.`,
  };
}

/** How many files this process, and those that it starts, may have open: Linux tells it in /proc (proc_pid_limits(5)). */
export function openFilesLimit(limits: string = readFileSync('/proc/self/limits', 'utf8')): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  return hard === 'unlimited' ? Infinity : Number(hard ?? 1_024);
}
