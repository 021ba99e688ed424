import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from '../../scripts/project.ts';
import { table, type Row } from './row.ts';

const FILE = join(PROJECT, 'bench', 'results.md');
const HEAD = `# Benchmark results

Written by \`npm run bench\`; what the rows mean stands in [docs/benchmarks.md](../docs/benchmarks.md). Each section says
when and on what it was measured; figures are medians of several rounds in which ours and the reference take turns.
`;

/** Where and when rows were measured. */
export interface Circumstances {
  /** The machine's load averages before the benchmark, as `os.loadavg` has them. */
  readonly load: readonly number[];
  /** Docker Engine's version; null when the benchmark used none. */
  readonly engine: string | null;
}

/** Writes a benchmark's rows to `bench/results.md` in place of what its last run left there; the rest stays. */
export function writeResults(name: string, rows: readonly Row[], circumstances: Circumstances): void {
  const text = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
  writeFileSync(FILE, withSection(text, name, sectionOf(rows, circumstances)));
}

/** The text of the results with this body under this name, sections in the order of their names. */
export function withSection(text: string, name: string, body: string): string {
  const sections = new Map<string, string>();
  for (const part of text.split(/^## /m).slice(1)) {
    const [title = '', ...lines] = part.split('\n');
    sections.set(title, lines.join('\n').trim());
  }
  sections.set(name, body);
  const sorted = [...sections].sort(([a], [b]) => (a < b ? -1 : 1));
  return [HEAD.trimEnd(), ...sorted.map(([title, lines]) => `## ${title}\n\n${lines}`)].join('\n\n') + '\n';
}

function sectionOf(rows: readonly Row[], { load, engine }: Circumstances): string {
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string };
  const versions = [
    `Swarmplane ${version}`,
    `Node ${process.version}`,
    ...(engine === null ? [] : [`Docker Engine ${engine}`]),
  ];
  const where = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const when = new Date().toISOString().slice(0, 16).replace('T', ' ');
  const loads = load.map((average) => average.toFixed(2)).join(' ');
  return `${when} UTC · ${where} · load before ${loads} · ${versions.join(', ')}\n\n${table(rows)}`;
}
