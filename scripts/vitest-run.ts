import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { TestSummary } from '../test/support/summary-reporter.ts';
import { PROJECT, projectEnvironment } from './project.ts';

export interface VitestResult {
  exitCode: number;
  /** Undefined when vitest ended before it could count, for example because an engine could not be started. */
  summary: TestSummary | undefined;
}

/** Runs vitest with its output going straight to the terminal, and answers what it counted. */
export function runVitest(args: readonly string[]): Promise<VitestResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        join(PROJECT, 'node_modules', 'vitest', 'vitest.mjs'),
        'run',
        '--reporter=default',
        '--reporter=./test/support/summary-reporter.ts',
        ...args,
      ],
      { cwd: PROJECT, env: projectEnvironment(), stdio: ['inherit', 'inherit', 'inherit', 'ipc'] },
    );
    let summary: TestSummary | undefined;
    child.on('message', (message) => (summary = message as TestSummary));
    const forward = (signal: NodeJS.Signals): void => {
      // On a terminal vitest gets Ctrl-C by itself, and takes a second one as "do not clean up".
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, forward);
    child.on('error', reject);
    child.on('exit', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.removeListener(signal, forward);
      resolve({ exitCode: code ?? 1, summary });
    });
  });
}

/** The last line of `npm test`. */
export function summaryLine({ passed, failed, skipped }: TestSummary): string {
  return `Tests: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
