import { join } from 'node:path';
import { runCommand } from './command.ts';
import { say, secondsSince } from './progress.ts';
import { PROJECT } from './project.ts';

const CHECK_DEADLINE_MS = 5 * 60_000;

interface Check {
  name: string;
  script: string;
  args: readonly string[];
  advice: string;
}

const CHECKS: readonly Check[] = [
  { name: 'format', script: 'prettier/bin/prettier.cjs', args: ['--check', '.'], advice: 'npm run format' },
  {
    name: 'lint',
    script: 'eslint/bin/eslint.js',
    args: ['.'],
    advice: 'npx eslint . --fix mends some of it',
  },
  {
    name: 'types',
    script: 'typescript/bin/tsc',
    args: ['--noEmit'],
    advice: 'npx tsc --noEmit shows it again',
  },
];

/** Runs the static checks side by side. Prints one line for each, and the output of those that fail; answers their names. */
export async function runChecks(): Promise<string[]> {
  const names = CHECKS.map((check) => check.name).join(', ');
  say(`Checking: ${names} …`);
  const verdicts = await Promise.all(CHECKS.map(runCheck));
  return CHECKS.filter((_, index) => !verdicts[index]).map((check) => check.name);
}

async function runCheck({ name, script, args, advice }: Check): Promise<boolean> {
  const startedAt = performance.now();
  const result = await runCommand(process.execPath, [join(PROJECT, 'node_modules', script), ...args], {
    cwd: PROJECT,
    timeoutMs: CHECK_DEADLINE_MS,
  });
  const passed = result.exitCode === 0;
  say(`  ${name} ${passed ? 'passed' : 'FAILED'} (${secondsSince(startedAt)} s)`);
  if (!passed) say(`${(result.stdout + result.stderr).trim()}\n  (${advice})\n`);
  return passed;
}
