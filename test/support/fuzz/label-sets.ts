import type { LabelledService } from '../../../src/domain/dialects/dialect.ts';
import { KEYS } from '../../../src/domain/dialects/native-keys.ts';
import { IGNORED, READ, REFUSED } from '../../../src/domain/dialects/docker-flow-labels.ts';
import { allFixtures } from '../route-fixture.ts';

/** Pieces that mean something to labels, to URLs, or to the configuration of a proxy. */
const PIECES = [
  ...[
    '"',
    "'",
    '`',
    '\\',
    '#',
    '$',
    '%',
    '%[',
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\0',
    '\x7f',
  ],
  ...[',', ';', ':', '/', '//', '=', '*', '*.', '.', '..', '-', '|', '&', '@', '?', '<', '~', '+', '^'],
  ...['ü', 'ß', '例', '\u2028', '\ud800', 'xn--', 'A', 'é', '０', '。'],
  ...[
    'http://',
    'sni://',
    'https://',
    'external_route=',
    'true',
    'false',
    '0',
    '1',
    '-1',
    '1e3',
    '99999999999',
  ],
  ...[
    '%[env(HOME)]',
    '{{ .Service }}',
    '${HOME}',
    ' if { ssl_fc }',
    '\n  server x 192.0.2.1:80',
    '/../',
    '%2e%2e',
    '%00',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'foo.example.com',
    '10.0.0.0/8',
    '/api',
    'a'.repeat(300),
    'b'.repeat(5000),
  ],
];

const EXTRA_LABELS = [
  ...KEYS.flatMap(({ name }) => ['http', 'tcp', 'tls'].map((word) => `swarmplane.${word}.web.${name}`)),
  ...[...READ, ...Object.keys(IGNORED), ...Object.keys(REFUSED)].flatMap((word) => [
    `com.df.${word}`,
    `com.df.${word}.1`,
    `com.df.${word}.2`,
  ]),
  ...[
    'swarmplane.',
    'swarmplane.http',
    'swarmplane.http.__proto__.host',
    'swarmplane.http.web.header.__proto__',
  ],
  ...[
    'com.df.',
    'com.df.__proto__',
    'com.df.port.',
    'com.df.port.11',
    'com.docker.lb.',
    'com.docker.lb.constructor',
  ],
  ...[
    'com.docker.ucp.mesh.http',
    'com.docker.ucp.mesh.http.',
    'com.docker.ucp.mesh.http.a.b',
    'com.docker.ucp.mesh.httpx',
  ],
  ...['__proto__', 'other'],
];

/** Whole numbers below a limit, always the same ones for a seed (a linear congruential generator). */
function numbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Services with labels of the fixtures, mixed, cut and broken. */
export function* labelSets(count: number, seed: number): Generator<LabelledService> {
  const fixtures = allFixtures().map(({ service }) => service);
  const values = [...new Set(fixtures.flatMap(({ labels }) => Object.values(labels)))];
  const names = [...new Set([...fixtures.flatMap(({ labels }) => Object.keys(labels)), ...EXTRA_LABELS])];
  const below = numbers(seed);
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const broken = (text: string): string => {
    const at = below(text.length + 1);
    return text.slice(0, at) + oneOf(PIECES) + text.slice(at + below(3));
  };
  for (let made = 0; made < count; made += 1) {
    const service = oneOf(fixtures);
    const labels = new Map(Object.entries(service.labels));
    if (below(4) === 0) {
      for (const [name, value] of Object.entries(oneOf(fixtures).labels)) labels.set(name, value);
    }
    for (let change = below(4); change > 0; change -= 1) {
      const name = below(3) === 0 || labels.size === 0 ? oneOf(names) : oneOf([...labels.keys()]);
      const kind = below(6);
      if (kind === 0) labels.delete(name);
      else if (kind === 1) labels.set(broken(name), labels.get(name) ?? oneOf(values));
      else if (kind === 2) labels.set(name, oneOf(values));
      else labels.set(name, broken(labels.get(name) ?? oneOf(values)));
    }
    yield {
      name: below(50) === 0 ? broken(service.name) : service.name,
      labels: Object.fromEntries(labels),
      networks: below(3) === 0 ? null : service.networks,
      ports: below(3) === 0 ? null : service.ports,
    };
  }
}
