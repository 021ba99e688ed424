import fc from 'fast-check';
import { resolved, type Route, type Schema } from './openapi.ts';

/** What the swarm of the fuzz has, so that requests are also about something. */
export const NAMES = {
  network: ['front', 'back', 'ingress'],
  service: ['web', 'plain', 'everywhere'],
  task: ['web.1', 'web.2'],
  node: ['m', 'w'],
  secret: ['key'],
  config: ['conf'],
  token: ['0123456789abcdef'],
} as const;

export interface FuzzRequest {
  readonly route: Route;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Text that means something somewhere. */
const MEANINGFUL = [
  ...Object.values(NAMES).flat(),
  ...[
    '10.77.0.0/24',
    '10.77.0.1',
    'fd77::/64',
    '192.0.2.9 backend',
    '192.0.2.53',
    '/data',
    '/',
    'node.role == worker',
  ],
  ...[
    'node.labels.zone',
    'CAP_NET_ADMIN',
    'nofile',
    'SIGQUIT',
    'CMD',
    'NONE',
    'a2VlcA==',
    '24h',
    'nginx',
    '1',
    '0',
  ],
];
/** What often breaks something. */
const JUNK: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    2 ** 31,
    2 ** 53,
    -(2 ** 63),
    1e308,
    '',
    ' ',
    '\0',
    'ü',
    '__proto__',
    '../..',
    '%',
  ],
  ...['x'.repeat(5000), [], {}, [null], [[]], { a: 1 }, { constructor: 1 }, { length: 1 }],
  JSON.parse('{"__proto__": {"a": 1}}'),
];
const junk = fc.constantFrom(...JUNK);
/** The fake swarm runs no jobs. */
const NOT_IN_THE_FAKE: ReadonlySet<unknown> = new Set(['replicated-job', 'global-job']);
const KEYS = ['unknown', '__proto__', 'constructor', 'toString', 'hasOwnProperty', ''];

/** Mostly as the schema has it, now and then something else. */
const mutated = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 24, arbitrary }, { weight: 1, arbitrary: junk });

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...MEANINGFUL) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);
const whole = fc.oneof(
  fc.integer({ min: 0, max: 9 }),
  fc.constantFrom(80, 443, 4789, 30_000, 65_535, 65_536, 1000, 1e9, -1),
  fc.integer(),
);

/** The fake swarm makes every task at once: a million of them are valid, and take it a while. */
const SPECIAL: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  replicas: mutated(fc.oneof(fc.integer({ min: -1, max: 5 }), fc.constant(1_000_001), fc.constant(null))),
};

function fromSchema(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const value = mutated(plain(resolved(schema), depth));
  return schema.nullable ? fc.oneof({ weight: 9, arbitrary: value }, fc.constant(null)) : value;
}

function plain(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const [choice, ...more] = schema.oneOf ?? schema.anyOf ?? schema.allOf ?? [];
  if (choice) return fc.oneof(...[choice, ...more].map((one) => fromSchema(one, depth)));
  if (schema.enum) return fc.constantFrom(...schema.enum.filter((word) => !NOT_IN_THE_FAKE.has(word)));
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return whole;
    case 'number':
      return fc.oneof(whole, fc.double({ noNaN: true, noDefaultInfinity: true }));
    case 'array':
      return fc.array(fromSchema(schema.items ?? {}, depth + 1), { maxLength: 3 });
    case 'object':
      return objectOf(schema, depth);
    default:
      return text;
  }
}

function objectOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  if (typeof additionalProperties === 'object') {
    return fc.dictionary(text, fromSchema(additionalProperties, depth + 1), {
      maxKeys: 3,
      noNullPrototype: true,
    });
  }
  const names = Object.keys(properties);
  const optional = names.filter((name) => !required.includes(name));
  // Few at a time: with all of fifty there would always be something wrong.
  const chosen = fc.subarray(optional, { maxLength: Math.min(optional.length, depth === 0 ? 4 : 3) });
  const omitted = fc.oneof(
    { weight: 12, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.subarray([...required]) },
  );
  const added = fc.oneof(
    { weight: 20, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.constantFrom(...KEYS).map((key) => ({ [key]: 1 })) },
  );
  return fc.tuple(chosen, omitted, added).chain(([some, without, more]) => {
    const present = [...required.filter((name) => !without.includes(name)), ...some];
    const fields = Object.fromEntries(
      present.map((name) => [name, SPECIAL[name] ?? fromSchema(properties[name] ?? {}, depth + 1)]),
    );
    return fc.record(fields, { noNullPrototype: true }).map((object) => ({ ...object, ...more }));
  });
}

const isName = (name: string): name is keyof typeof NAMES => name in NAMES;

function inPath(name: string): fc.Arbitrary<string> {
  const known = isName(name) ? NAMES[name] : ['x'];
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...known) },
    // A segment of dots is taken out of the path before it is sent (RFC 3986, 5.2.4): it would be another request.
    { weight: 1, arbitrary: text.map((reference) => (/^\.{0,2}$/.test(reference) ? 'x' : reference)) },
  );
}

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  'If-Match': ['*', '"1"', '"9999"', 'latest', '"', '"1.EmJ6t5C8ztgu2dgs"'],
  Prefer: ['wait=0', 'respond-async', 'wait=x', 'wait=-1'],
  'Idempotency-Key': ['a', 'b', 'ü', '', 'x'.repeat(300)],
  'X-Registry-Auth': ['e30', 'e30=', 'x', '{}', Buffer.from('{"username":"a"}').toString('base64url')],
  'If-None-Match': ['*', '"1"', 'W/"x"', ','],
  'Content-Type': [
    'application/json',
    'application/merge-patch+json',
    'text/plain',
    'application/json; charset=latin1',
  ],
};
const headers = fc
  .record(
    Object.fromEntries(Object.entries(HEADERS).map(([name, values]) => [name, fc.constantFrom(...values)])),
    { requiredKeys: [], noNullPrototype: true },
  )
  .map((all) => Object.fromEntries(Object.entries(all).slice(0, 1)) as Record<string, string>);

const asQuery = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);

function requestTo(route: Route): fc.Arbitrary<FuzzRequest> {
  const { parameters = [], requestBody } = route.operation;
  const paths = parameters.filter((parameter) => parameter.in === 'path');
  const queries = parameters.filter((parameter) => parameter.in === 'query');
  const schema = requestBody?.content?.['application/json']?.schema;
  return fc
    .record({
      path: fc.record(Object.fromEntries(paths.map(({ name }) => [name, inPath(name)]))),
      query: fc
        .subarray(queries, { maxLength: Math.min(queries.length, 3) })
        .chain((some) =>
          fc.record(Object.fromEntries(some.map((one) => [one.name, fromSchema(one.schema, 1)]))),
        ),
      headers,
      body: schema ? fromSchema(schema, 0) : fc.constant(undefined),
      strange: fc.oneof(
        { weight: 30, arbitrary: fc.constant('') },
        fc.constantFrom('unknown=1', '%', 'a[b]=c'),
      ),
    })
    .map(({ path, query, headers: own, body, strange }) => {
      const at = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(String(path[name])),
      );
      const search = [
        ...Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(asQuery(value))}`),
        strange,
      ].filter(Boolean);
      return { route, url: search.length > 0 ? `${at}?${search.join('&')}` : at, headers: own, body };
    });
}

/** Requests to any of the routes, made from what the contract says that they take, and not always of it. */
export function requestsTo(routes: readonly Route[]): fc.Arbitrary<FuzzRequest> {
  return fc.oneof(...routes.map(requestTo));
}
