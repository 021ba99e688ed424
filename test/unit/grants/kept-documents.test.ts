import { Logger } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { invalid } from '../../../src/domain/errors.ts';
import { KeptDocuments } from '../../../src/grants/kept-documents.ts';
import { ConfigResourceStore } from '../../../src/swarm/store/config-resource-store.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import { FakeSwarm } from '../../fakes/fake-swarm.ts';
import { snapshot } from '../../factories/domain.ts';

// One of the tests makes it write a line that nobody needs to see.
Logger.overrideLogger(false);

const TIME = '2026-01-01T00:00:00Z';
let version = 0;
const config = (name: string, document: unknown) => ({
  id: name,
  name: `swarmplane.${name}`,
  version: ++version,
  createdAt: TIME,
  updatedAt: TIME,
  labels: { 'swarmplane.document': JSON.stringify(document) },
});

function kept() {
  const state = new ClusterState();
  state.apply([{ type: 'snapshot', snapshot: snapshot() }]);
  let parsed = 0;
  const documents = new KeptDocuments(
    new ConfigResourceStore(new FakeSwarm().gateway, state),
    'thing',
    (document) => {
      parsed += 1;
      const { good } = document as { good?: number };
      if (good === undefined) throw invalid([{ pointer: '/good', detail: 'It is missing.' }]);
      return good;
    },
  );
  const put = (name: string, document: unknown): void =>
    state.apply([{ type: 'upsert', kind: 'config', object: config(name, document) }]);
  return { documents, put, parsed: () => parsed };
}

describe('kept documents', () => {
  it('are the same list, and are not read again, whatever else changes', () => {
    const { documents, put, parsed } = kept();
    put('thing.a', { good: 1 });
    put('thing.b', { good: 2 });
    const before = documents.list();
    expect(before.map(({ document }) => document)).toEqual([1, 2]);
    put('other.a', { good: 3 });
    expect(documents.list()).toBe(before);
    expect(parsed()).toBe(2);
    put('thing.b', { good: 4 });
    const after = documents.list();
    expect(after.map(({ document }) => document)).toEqual([1, 4]);
    expect(after[0]).toBe(before[0]);
    expect(parsed()).toBe(3);
  });

  it('say what is wrong with one that cannot be read, which says nothing', () => {
    const { documents, put } = kept();
    put('thing.a', { good: 1 });
    put('thing.b', { bad: 1 });
    expect(documents.list()).toMatchObject([
      { id: 'a', document: 1, problem: null },
      {
        id: 'b',
        document: null,
        problem: expect.stringMatching(/no thing.*\/good: It is missing/) as unknown,
      },
    ]);
  });
});
