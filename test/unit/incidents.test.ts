import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** The rows of the table in docs/security.md: the number of an incident, and the tests that it names. */
const ROWS = readFileSync('docs/security.md', 'utf8')
  .split('\n## Incidents that others had\n')[1]
  ?.split('\n')
  .filter((line) => /^\| [A-Z]+-/.test(line))
  .map((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const files = [...(cells[4] ?? '').matchAll(/`([^`]+)`/g)].map(([, file = '']) => file);
    return { id: cells[1] ?? '', files };
  });

/** All that stands in names of tests of a file, and in the tables that they are made of. */
function namesIn(file: string): string {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ESNext);
  const names: string[] = [];
  const texts = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) names.push(node.text);
    ts.forEachChild(node, texts);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.arguments[0] && isTest(node.expression)) {
      texts(node.expression);
      texts(node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names.join('\n');
}

/** `it`, or `it.each(…)`. */
function isTest(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === 'it';
  return (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) && isTest(callee.expression);
}

const TESTS = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => join('test', file));

describe('the table of incidents in docs/security.md', () => {
  it('has those that are known', () => {
    expect(ROWS?.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['CVE-2026-44849', 'CVE-2025-1974', 'CVE-2026-32695', 'DFP-1', 'NEST-WS-1']),
    );
    expect(new Set(ROWS?.map(({ id }) => id)).size).toBe(ROWS?.length);
  });

  it.each(ROWS ?? [])('says of $id which tests have its number in a name', ({ id, files }) => {
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(existsSync(file), file).toBe(true);
    expect(files.some((file) => namesIn(file).includes(id))).toBe(true);
  });

  it('has every number that stands in the name of a test', () => {
    const named = TESTS.flatMap((file) =>
      [...namesIn(file).matchAll(/\b(CVE-\d{4}-\d+|DFP-\d+|NEST-WS-\d+|APOLLO-\d+)\b/g)].map(([id]) => id),
    );
    expect(named.filter((id) => !ROWS?.some((row) => row.id === id))).toEqual([]);
  });
});
