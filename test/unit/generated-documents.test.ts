import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { generateDocuments, type Documents } from '../../src/tools/documents.ts';

interface Operation {
  readonly summary?: string;
  readonly responses: Readonly<Record<string, unknown>>;
}

let documents: Documents;

beforeAll(async () => {
  documents = await generateDocuments();
});

describe('the generated documents', () => {
  it.each(['openapi/openapi.json', 'openapi/schema.graphql'] as const)(
    '%s is committed as the code makes it (npm run specs writes it)',
    (path) => {
      expect(readFileSync(path, 'utf8')).toBe(documents[path]);
    },
  );

  it('describe every REST operation and its problem document', () => {
    const { paths } = JSON.parse(documents['openapi/openapi.json']) as {
      paths: Record<string, Record<string, Operation>>;
    };
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    expect(operations.length).toBeGreaterThan(20);
    for (const operation of operations) {
      expect(operation.summary).toMatch(/\w/);
      expect(operation.responses).toHaveProperty('default');
    }
  });
});
