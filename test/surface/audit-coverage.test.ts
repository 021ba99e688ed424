import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from '../../src/api/page.ts';
import type { AuditEntry } from '../../src/audit/audit.types.ts';
import type { Deed } from '../../src/domain/audit.ts';
import { deedOfField, deedOfRoute } from '../../src/domain/deed.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

let surface: Surface;
beforeAll(async () => {
  surface = await startSurface();
});
afterAll(() => surface.close());

/** Every route that is not asked by GET, as `POST /v1/networks`. */
function routes(): [method: string, pattern: string][] {
  const classes = [...surface.app.get(ModulesContainer).values()].flatMap(({ controllers }) =>
    [...controllers.values()].map(({ metatype }) => metatype as { prototype: Record<string, object> }),
  );
  return classes.flatMap((controller) => {
    const base = Reflect.getMetadata(PATH_METADATA, controller) as string;
    return Object.getOwnPropertyNames(controller.prototype).flatMap((name): [string, string][] => {
      const handler = controller.prototype[name] as object;
      const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
      const path = Reflect.getMetadata(PATH_METADATA, handler) as string | undefined;
      if (method === undefined || method === RequestMethod.GET || path === undefined) return [];
      return [
        [
          RequestMethod[method],
          `/${[base, path]
            .join('/')
            .replace(/\/+/g, '/')
            .replace(/^\/|\/$/g, '')}`,
        ],
      ];
    });
  });
}

const fields = (): string[] =>
  Object.keys(surface.app.get(GraphQLSchemaHost).schema.getMutationType()?.getFields() ?? {});
const told = (deed: Deed | null): string | null => deed && `${deed.verb} ${deed.kind}`;

describe('every write', () => {
  it('is the same deed on both surfaces', () => {
    const rest = new Set(routes().map(([method, pattern]) => told(deedOfRoute(method, pattern))));
    const graphql = new Set(fields().map((field) => told(deedOfField(field))));
    rest.delete(null);
    expect([...rest].sort()).toEqual([...graphql].sort());
  });

  it('that somebody without a token asks for is on record', async () => {
    const asked = routes().filter(([method, pattern]) => deedOfRoute(method, pattern) !== null);
    expect(asked.length).toBeGreaterThan(30);
    const nobody = surface.as(null);
    for (const [method, pattern] of asked) {
      const path = pattern.replace(/:\w+/g, 'x');
      await nobody[method.toLowerCase() as 'post'](path).send({}).expect(401);
    }
    const list = await surface.rest.get('/v1/audit?limit=1000').expect(200);
    const recorded = bodyOf<Page<AuditEntry>>(list).items.map(
      ({ operation, code }) => `${operation} ${code ?? ''}`,
    );
    expect(recorded.toSorted()).toEqual(
      asked.map(([method, pattern]) => `${method} ${pattern} UNAUTHENTICATED`).sort(),
    );
  });

  it('of GraphQL as well', async () => {
    const asked = fields();
    await surface.graphql(`mutation { ${asked.join(' ')} }`, {}, null);
    const list = await surface.rest.get('/v1/audit?limit=1000').query({ outcome: 'refused' }).expect(200);
    const recorded = bodyOf<Page<AuditEntry>>(list).items.filter((entry) => entry.surface === 'graphql');
    expect(recorded.map(({ operation }) => operation).sort()).toEqual(asked.sort());
  });
});
