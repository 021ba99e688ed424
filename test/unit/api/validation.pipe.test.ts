import { describe, expect, it } from 'vitest';
import { InputPipe } from '../../../src/api/validation.pipe.ts';
import { DomainError, type FieldError } from '../../../src/domain/errors.ts';
import { CreateServiceInput } from '../../../src/services/services.types.ts';
import { SampleInput, SamplePart } from './sample-input.ts';

const pipe = new InputPipe();
const transform = (value: unknown, metatype: new () => object = SampleInput): object =>
  pipe.transform(value, { type: 'body', metatype }) as object;

function errorsOf(value: unknown, metatype?: new () => object): readonly FieldError[] {
  try {
    transform(value, metatype);
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'invalid') return error.errors;
    throw error;
  }
  return [];
}
const pointersOf = (value: unknown, metatype?: new () => object): string[] => [
  ...new Set(errorsOf(value, metatype).map(({ pointer }) => pointer)),
];

describe('InputPipe', () => {
  it('makes instances, at every depth, of what is given', () => {
    const input = transform({
      name: 'a',
      flag: false,
      bytes: 2 ** 40,
      mode: 'two-words',
      modes: ['plain'],
      labels: { a: '1', b: null },
      part: { size: 1 },
      parts: [{ size: 2, tags: ['x'] }],
    }) as SampleInput;
    expect(input).toBeInstanceOf(SampleInput);
    expect(input.part).toBeInstanceOf(SamplePart);
    expect(input.parts?.[0]).toBeInstanceOf(SamplePart);
    expect(JSON.parse(JSON.stringify(input))).toEqual({
      name: 'a',
      flag: false,
      bytes: 2 ** 40,
      mode: 'two-words',
      modes: ['plain'],
      labels: { a: '1', b: null },
      part: { size: 1 },
      parts: [{ size: 2, tags: ['x'] }],
    });
  });

  it('keeps apart what is null and what is left out', () => {
    const input = transform({ name: 'a', part: null, labels: null });
    expect(Object.keys(input).sort()).toEqual(['labels', 'name', 'part']);
    expect(input).toMatchObject({ part: null, labels: null });
  });

  it('leaves what it was given as it was', () => {
    const given = Object.freeze({ name: 'a', labels: Object.freeze({ a: '1' }) });
    const input = transform(given) as SampleInput;
    expect(input.labels).not.toBe(given.labels);
    expect(given).toEqual({ name: 'a', labels: { a: '1' } });
  });

  it('takes the objects without a prototype that GraphQL makes', () => {
    const bare = (fields: object): object => Object.assign(Object.create(null) as object, fields);
    const input = transform(bare({ name: 'a', part: bare({ size: 1 }), labels: bare({ a: '1' }) }));
    expect(input).toMatchObject({ name: 'a', part: { size: 1 }, labels: { a: '1' } });
    expect(pointersOf(bare({ name: 'a', part: bare({ size: 'x', what: 1 }) }))).toEqual([
      '/part/what',
      '/part/size',
    ]);
  });

  it('takes a missing body for an empty one', () => {
    expect(pointersOf(undefined)).toEqual(['/name']);
    expect(pointersOf(null)).toEqual(['/name']);
    expect(pointersOf({})).toEqual(['/name']);
  });

  it.each([[[]], [[{ name: 'a' }]], ['text'], [7], [true]])(
    'refuses a body that is no object: %j',
    (body) => {
      expect(errorsOf(body)).toEqual([{ pointer: '', detail: 'Send a JSON object.' }]);
    },
  );

  it.each<[object, string]>([
    [{ name: 7 }, '/name'],
    [{ name: null }, '/name'],
    [{ name: 'a', flag: 'true' }, '/flag'],
    [{ name: 'a', bytes: 1.5 }, '/bytes'],
    [{ name: 'a', bytes: '7' }, '/bytes'],
    [{ name: 'a', mode: 'TWO_WORDS' }, '/mode'],
    [{ name: 'a', modes: 'plain' }, '/modes'],
    [{ name: 'a', modes: ['plain', 'other'] }, '/modes'],
    [{ name: 'a', modes: [null] }, '/modes'],
    [{ name: 'a', labels: { a: 1 } }, '/labels'],
    [{ name: 'a', labels: ['a'] }, '/labels'],
    [{ name: 'a', labels: 'a=1' }, '/labels'],
    [{ name: 'a', part: {} }, '/part/size'],
    [{ name: 'a', part: 'x' }, '/part'],
    [{ name: 'a', part: [{ size: 1 }] }, '/part'],
    [{ name: 'a', part: { size: 1, tags: [1] } }, '/part/tags'],
    [{ name: 'a', parts: 'x' }, '/parts'],
    [{ name: 'a', parts: [{ size: 1 }, { size: 'x' }] }, '/parts/1/size'],
    [{ name: 'a', parts: [{ size: 1 }, { size: 1, tags: 'x' }] }, '/parts/1/tags'],
    [{ name: 'a', parts: [null] }, '/parts'],
    [{ name: 'a', parts: ['x'] }, '/parts'],
    [{ name: 'a', parts: [[{ size: 1 }]] }, '/parts'],
    [{ name: 'a', what: 1 }, '/what'],
    [{ name: 'a', 'a/b~c': 1 }, '/a~1b~0c'],
    [{ name: 'a', part: { size: 1, what: 1 } }, '/part/what'],
    [{ name: 'a', parts: [{ size: 1 }, { size: 1, 'x/y': 1 }] }, '/parts/1/x~1y'],
  ])('refuses %j at %s', (body, pointer) => {
    const pointers = pointersOf(body);
    expect(pointers.length).toBeGreaterThan(0);
    // An entry that is wrong as a whole may be named itself or by its list.
    for (const each of pointers) expect([pointer, `${pointer}/0`]).toContain(each);
  });

  it('refuses an object where there should be a list', () => {
    expect(pointersOf({ name: 'a', parts: {} })).toHaveLength(1);
    expect(pointersOf({ name: 'a', parts: { size: 1 } })).toEqual(['/parts']);
  });

  it.each([
    '{"name":"a","what":{"constructor":1}}',
    '{"name":"a","labels":{"x":{"constructor":"x"}}}',
    '{"name":{"constructor":1}}',
    '{"name":"a","part":{"size":{"constructor":1}}}',
  ])('refuses what would break the conversion: %s', (body) => {
    expect(() => transform(JSON.parse(body))).toThrow(expect.objectContaining({ kind: 'invalid' }) as Error);
  });

  it('does not say of a whole that it is wrong where it says what is wrong within', () => {
    expect(pointersOf({ name: 'a', parts: [{ size: 1 }, { size: 'x' }, { size: 1, what: 1 }] })).toEqual([
      '/parts/1/size',
      '/parts/2/what',
    ]);
  });

  it('names every wrong field at once', () => {
    expect(pointersOf({ flag: 1, part: { size: 'x' }, what: 1 }).sort()).toEqual([
      '/flag',
      '/name',
      '/part/size',
      '/what',
    ]);
  });

  it('says in a sentence what is wrong, without repeating the field', () => {
    expect(errorsOf({ name: 'a', what: 1 })).toEqual([
      { pointer: '/what', detail: 'There is no such field.' },
    ]);
    expect(errorsOf({ name: 7 })).toEqual([{ pointer: '/name', detail: 'Must be a string.' }]);
    expect(errorsOf({ name: 'a', modes: ['x'] })[0]?.detail).toMatch(/^Each value must be one of .*\.$/);
  });

  it.each(['constructor', '__proto__', 'toString', 'then'])(
    'loses no entry of a map, not even one whose key is "%s"',
    (key) => {
      const body = JSON.parse(`{"name":"a","labels":{"${key}":"x","b":"y"}}`) as object;
      const { labels } = transform(body) as SampleInput;
      expect(JSON.stringify(labels)).toBe(`{"${key}":"x","b":"y"}`);
    },
  );

  it('lets no input reach a prototype', () => {
    const body = JSON.parse(
      '{"name":"a","__proto__":{"polluted":1},"part":{"size":1,"__proto__":{"polluted":1}}}',
    ) as object;
    pointersOf(body);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect((new SampleInput() as { polluted?: number }).polluted).toBeUndefined();
  });

  it.each([String, Number, Boolean, Array, Object, undefined])(
    'passes on what has no class of its own: %s',
    (metatype) => {
      expect(pipe.transform('7', { type: 'param', ...(metatype ? { metatype } : {}) })).toBe('7');
    },
  );

  it('passes on what a decorator of ours has made', () => {
    expect(pipe.transform(7, { type: 'custom', metatype: SampleInput })).toBe(7);
  });

  it('points at the field of a real input, however deep it is', () => {
    expect(
      pointersOf(
        {
          name: 'web',
          image: 'nginx',
          ports: [{ targetPort: 80 }, { targetPort: '81', protocol: 'icmp' }],
          networks: [{ network: 'front', aliases: 'web' }],
          resources: { limits: { nanoCpus: '1', cpu: 1 } },
          env: { A: 1 },
        },
        CreateServiceInput,
      ).sort(),
    ).toEqual([
      '/env',
      '/networks/0/aliases',
      '/ports/1/protocol',
      '/ports/1/targetPort',
      '/resources/limits/cpu',
      '/resources/limits/nanoCpus',
    ]);
  });
});
