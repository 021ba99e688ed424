import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { version } from 'node:process';

/** One comparison: ours against a reference measured in the same run. */
export interface Row {
  readonly benchmark: string;
  readonly reference: string;
  readonly ours: string;
  readonly theirs: string;
  /** Ours by the reference's. */
  readonly ratio: number;
  /** What the ratio has to be at least. */
  readonly reach: number;
}

/** The rows as a Markdown table. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ benchmark, reference, ours, theirs, ratio, reach }) =>
      `| ${benchmark} | ${ours} | ${reference} | ${theirs} | ${ratio.toFixed(2)} | ${reach} | ${ratio >= reach ? 'yes' : 'no'} |`,
  );
  return [
    '| benchmark | ours | reference, same run | theirs | ratio | to reach | reached |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

/** Writes `bench/results.md`: the table, and where and when it was measured. */
export function writeResults(rows: readonly Row[], engineVersion: string): void {
  const { version: swarmplane } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
  writeFileSync(
    'bench/results.md',
    `# Benchmark results

Written by \`npm run bench\`. Figures are medians of several rounds in which ours and the reference take turns.

- ${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${processor}, ${Math.round(totalmem() / 2 ** 30)} GiB
- Swarmplane ${swarmplane}, Node ${version}, Docker Engine ${engineVersion}

${table(rows)}
`,
  );
}
