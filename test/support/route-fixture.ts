import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding, LabelledService } from '../../src/domain/dialects/dialect.ts';
import { DIALECTS, ROUTE_DEFAULTS, type Dialect, type RouteSpec } from '../../src/domain/route.ts';

const FOLDER = 'test/fixtures/dialects';

/** An example of labels, and what comes of it. Of routes it has what they say beside `ROUTE_DEFAULTS`. */
export interface RouteFixture {
  readonly dialect: Dialect;
  readonly name: string;
  /** The page that has the labels. */
  readonly source: string;
  readonly service: LabelledService;
  readonly routes: readonly (Partial<RouteSpec> | { readonly name: string; readonly refused: true })[];
  readonly findings: readonly Finding[];
}

/** All examples of a dialect, by name. */
export function fixturesOf(dialect: Dialect): RouteFixture[] {
  const folder = join(FOLDER, dialect);
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const fixture = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<
        RouteFixture,
        'dialect' | 'name'
      >;
      return { ...fixture, dialect, name: file.replace('.json', '') };
    });
}

export const allFixtures = (): RouteFixture[] => DIALECTS.flatMap(fixturesOf);

/** What a route says beside `ROUTE_DEFAULTS`. */
export function said(spec: RouteSpec): Partial<RouteSpec> {
  const defaults: Partial<RouteSpec> = ROUTE_DEFAULTS;
  return Object.fromEntries(
    Object.entries(spec).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(defaults[field as keyof RouteSpec]),
    ),
  );
}
