import { readdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { writeResults } from '../bench/kit/results.ts';
import { table } from '../bench/kit/row.ts';
import { BenchSession } from '../bench/kit/session.ts';
import type { Benchmark } from '../bench/kit/benchmark.ts';
import { buildIfNeeded } from './build.ts';
import { say, secondsSince } from './progress.ts';
import { PROJECT } from './project.ts';

// `npm run bench [-- <name> …]`: runs the benchmarks of bench/, or those named, and writes bench/results.md. Ends with 1
// when a benchmark failed; one that misses its goal has not failed. How to write one stands in bench/kit/benchmark.ts.
const DIRECTORY = join(PROJECT, 'bench');

const all = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${all.join(', ')}`);
  process.exit(2);
}

await buildIfNeeded();
const session = new BenchSession();
const failed: string[] = [];
try {
  for (const name of asked.length > 0 ? asked : all) {
    say(`\n## ${name}\n`);
    const startedAt = performance.now();
    const load = loadavg();
    try {
      const module = (await import(join(DIRECTORY, `${name}.ts`))) as { default: Benchmark };
      const rows = await session.run(module.default);
      writeResults(name, rows, { load, engine: session.engineVersion });
      say(`\n${table(rows)}\n\nTook ${secondsSince(startedAt)} s; written to bench/results.md`);
    } catch (error) {
      console.error(`The benchmark ${name} failed:`, error);
      failed.push(name);
    }
  }
} finally {
  await session.close();
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
