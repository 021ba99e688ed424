import { readdirSync, readFileSync } from 'node:fs';

/** A process that can be recognised later: a pid alone is reused by the kernel, a pid with its start time is not. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks after boot, as field 22 of /proc/<pid>/stat. Empty where /proc does not exist. */
  startTime: string;
}

/** Fields 3 and up of /proc/<pid>/stat; the name before them may hold spaces and parentheses. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** The identity of a running process, or undefined when there is none. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const fields = statFields(pid);
  return fields && fields[0] !== 'Z' ? { pid, startTime: fields[19] ?? '' } : undefined;
}

/** Whether exactly this process still runs. A zombie counts as gone. */
export function isRunning(identity: ProcessIdentity): boolean {
  const current = identifyProcess(identity.pid);
  return current !== undefined && current.startTime === identity.startTime;
}

/** The pids of a process's direct children. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((candidate) => statFields(candidate)?.[1] === String(pid));
}

/** Sends a signal if exactly this process still runs. Answers whether it did. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return false;
  }
}
