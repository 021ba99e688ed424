import { BuildError, buildIfNeeded } from './build.ts';
import { runChecks } from './checks.ts';
import { say } from './progress.ts';
import { runVitest, summaryLine } from './vitest-run.ts';

// `npm test`: the whole proof. `npm test -- <vitest arguments>`: a part of it, without the static checks.
const args = process.argv.slice(2);
const partial = args.length > 0;
const problems: string[] = [];

try {
  await buildIfNeeded();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  say(error.message);
  problems.push('the build failed');
}
if (!partial) {
  const failedChecks = await runChecks();
  if (failedChecks.length > 0) problems.push(`failed checks: ${failedChecks.join(', ')}`);
}
say(
  partial
    ? `Testing: vitest run ${args.join(' ')} …`
    : 'Testing: unit, surface (over fakes), swarm (a real engine), lab (several) …',
);
const { exitCode, summary = { passed: 0, failed: 0, skipped: 0 } } = await runVitest(args);

if (summary.passed + summary.failed === 0) problems.push('no test ran');
if (summary.failed > 0) problems.push('tests failed');
else if (exitCode !== 0) problems.push(`vitest ended with ${exitCode}`);
// A run of chosen tests skips the others on purpose.
if (summary.skipped > 0 && !partial) problems.push('tests were skipped, and a skipped test proves nothing');

if (problems.length > 0) say(`\nNot good: ${problems.join('; ')}.`);
say(summaryLine(summary));
process.exitCode = problems.length > 0 ? 1 : 0;
