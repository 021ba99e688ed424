import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { floorOf, FLOORS, forbidden } from '../../architecture.mjs';

const SRC = 'src';
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));

interface Import {
  readonly specifier: string;
  readonly isRelative: boolean;
  /** The path below `src`, or the name of the package. */
  readonly target: string;
  /** False when only types are imported, which is gone at run time. */
  readonly atRunTime: boolean;
}

function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(SRC, file), 'utf8'),
    ts.ScriptTarget.ESNext,
    true,
  );
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    if (!statement.moduleSpecifier || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
    const specifier = statement.moduleSpecifier.text;
    const isRelative = specifier.startsWith('.');
    const target = isRelative
      ? relative(SRC, join(SRC, dirname(file), specifier))
      : specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/');
    const typeOnly = ts.isImportDeclaration(statement) && statement.importClause?.isTypeOnly === true;
    return [{ specifier, isRelative, target, atRunTime: !typeOnly }];
  });
}

const graph = new Map(files.map((file) => [file, importsOf(file)]));

describe('the architecture', () => {
  it('has a room for every file', () => {
    expect(files.filter((file) => floorOf(file) < 0)).toEqual([]);
    expect(files.length).toBeGreaterThan(FLOORS.flat().length);
  });

  it('imports go down only', () => {
    const violations = [...graph].flatMap(([file, imports]) =>
      imports
        .filter((each) => each.isRelative || !each.specifier.startsWith('node:') || floorOf(file) === 0)
        .map((each) => forbidden(file, each.target, each.isRelative))
        .filter((reason) => reason !== undefined),
    );
    expect(violations).toEqual([]);
  });

  it('would notice an import that goes up', () => {
    expect(forbidden('domain/task.ts', 'api/page.ts', true)).toMatch(/down only/);
    expect(forbidden('domain/task.ts', '@nestjs/common', false)).toMatch(/domain/);
    expect(forbidden('services/services.service.ts', 'dockerode', false)).toMatch(/only src\/swarm/);
    expect(forbidden('services/services.service.ts', 'domain/task.ts', true)).toBeUndefined();
  });

  it('has no circle of imports at run time', () => {
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
      if (trail.includes(file) || done.has(file)) return;
      for (const each of graph.get(file) ?? []) {
        if (each.isRelative && each.atRunTime) visit(each.target, [...trail, file]);
      }
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('names the environment in config.ts only', () => {
    const readers = files.filter((file) => readFileSync(join(SRC, file), 'utf8').includes('process.env'));
    expect(readers).toEqual(['config.ts']);
  });

  it('keeps the Docker socket and swarmkit behind the adapter layer', () => {
    const users = files.filter((file) => graph.get(file)?.some((each) => each.target === 'dockerode'));
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((file) => !file.startsWith('swarm/docker/'))).toEqual([]);
  });
});
