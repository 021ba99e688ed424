import { runChecks } from './checks.ts';
import { say } from './progress.ts';
import { runVitest, summaryLine } from './vitest-run.ts';

// `npm run check`: what needs no engine and no build: format, lint, types, and the unit tests.
const failedChecks = await runChecks();
const { exitCode, summary } = await runVitest(['--project', 'unit', ...process.argv.slice(2)]);
if (failedChecks.length > 0) say(`\nFailed checks: ${failedChecks.join(', ')}`);
if (summary) say(summaryLine(summary));
process.exitCode = failedChecks.length > 0 || exitCode !== 0 ? 1 : 0;
