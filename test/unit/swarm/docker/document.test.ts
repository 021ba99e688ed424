import { describe, expect, it } from 'vitest';
import {
  at,
  documents,
  flag,
  number,
  plainAddress,
  put,
  text,
  textMap,
  texts,
  version,
  type Document,
} from '../../../../src/swarm/docker/document.ts';

const DOCUMENT: Document = {
  Name: 'a',
  Empty: '',
  Null: null,
  Count: 0,
  Deep: { Er: { Value: 7, Flag: true } },
  List: ['a', 1, null, { A: 1 }, [2], 'b'],
  Map: { a: '1', b: 2, c: null },
};

describe('reading a document', () => {
  it.each([
    ['Name', 'a'],
    ['Deep.Er.Value', 7],
    ['Null', null],
    ['None', undefined],
    ['Name.length', undefined],
    ['List.0', undefined],
    ['Null.X', undefined],
    ['Deep.None.X', undefined],
  ])('finds at %s what is there', (path, expected) => {
    expect(at(DOCUMENT, path)).toBe(expected);
  });

  it('finds nothing in what is no document', () => {
    expect([at(undefined, 'a'), at(null, 'a'), at('text', 'a'), at([1], '0')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('reads what is of another type as unset', () => {
    expect([text(DOCUMENT, 'Name'), text(DOCUMENT, 'Empty'), text(DOCUMENT, 'Count')]).toEqual([
      'a',
      null,
      null,
    ]);
    expect([number(DOCUMENT, 'Count'), number(DOCUMENT, 'Name')]).toEqual([0, null]);
    expect([flag(DOCUMENT, 'Deep.Er.Flag'), flag(DOCUMENT, 'Name'), flag(DOCUMENT, 'None')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(documents(DOCUMENT, 'List')).toEqual([{ A: 1 }]);
    expect([documents(DOCUMENT, 'Null'), documents(DOCUMENT, 'Map')]).toEqual([[], []]);
    expect([texts(DOCUMENT, 'List'), texts(DOCUMENT, 'Null')]).toEqual([['a', 'b'], []]);
    expect([textMap(DOCUMENT, 'Map'), textMap(DOCUMENT, 'List'), textMap(DOCUMENT, 'Null')]).toEqual([
      { a: '1' },
      {},
      {},
    ]);
    expect([version({ Version: { Index: 7 } }), version({})]).toEqual([7, 0]);
  });
});

describe('put', () => {
  it('makes the objects on the way', () => {
    const document: Document = { Deep: null };
    put(document, 'Deep.Er.Value', 1);
    put(document, 'Deep.Er.Other', 2);
    expect(document).toEqual({ Deep: { Er: { Value: 1, Other: 2 } } });
  });

  it('removes with undefined, and makes nothing on the way', () => {
    const document: Document = { Deep: { Value: 1 } };
    put(document, 'Deep.Value', undefined);
    put(document, 'None.Value', undefined);
    expect(document).toEqual({ Deep: {} });
    expect('Value' in (document['Deep'] as object)).toBe(false);
  });
});

describe('plainAddress', () => {
  it.each([
    ['10.0.9.2/24', '10.0.9.2'],
    ['fd00::2/64', 'fd00::2'],
    ['10.0.9.2', '10.0.9.2'],
    ['', ''],
  ])('makes of "%s" "%s"', (address, expected) => {
    expect(plainAddress(address)).toBe(expected);
  });
});
