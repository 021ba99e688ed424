import type { ChildProcess } from 'node:child_process';

/** Asks a process to end and waits for it; after `withinMs` milliseconds it is killed. */
export async function endOf(child: ChildProcess, withinMs = 5_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), withinMs);
  await ended;
  clearTimeout(kill);
}
