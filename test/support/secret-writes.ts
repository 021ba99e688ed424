import type { Mood } from '../fakes/loud-swarm.ts';
import type { Canaries } from './canaries.ts';
import { makeCertificate } from './certificate-maker.ts';

type Write = readonly [method: 'post' | 'put' | 'patch', path: string, body: object];
type Mutation = readonly [query: string, variables: Record<string, unknown>];

/** Credentials for a registry, as the header `X-Registry-Auth` has them. */
export const registryCredentials = (canaries: Canaries, place: string): string =>
  Buffer.from(JSON.stringify({ username: 'me', password: canaries.plant(place) })).toString('base64url');

/** A certificate, each line of whose key is looked for. */
function certificateOf(canaries: Canaries, mood: Mood) {
  const made = makeCertificate({ commonName: 'shop', names: ['shop.example.com'] });
  made.key
    .split('\n')
    .filter((line) => line.length > 40)
    .forEach((line, index) => canaries.watch(`line ${index} of a certificate’s key (${mood})`, line));
  return { chain: made.certificate, key: made.key };
}

/** Every write that takes a secret, with one in each place. */
export function secretWrites(canaries: Canaries, mood: Mood): readonly Write[] {
  const plant = (place: string): string => canaries.plant(`${place} (${mood})`);
  const hash = (place: string): string => `$6$saltsalt$${plant(place).padEnd(86, 'a')}`;
  const certificate = certificateOf(canaries, mood);
  return [
    [
      'post',
      '/v1/services',
      {
        name: `web-${mood}`,
        image: 'nginx',
        env: { PASSWORD: plant('env') },
        logDriver: { name: 'splunk', options: { 'splunk-token': plant('a log driver’s options') } },
        labels: {
          'swarmplane.http.shop.host': 'shop.example.com',
          'swarmplane.http.shop.auth.users': `ann:${hash('a label’s users')}`,
        },
      },
    ],
    ['patch', '/v1/services/kept', { env: { PASSWORD: plant('env of a change') } }],
    ['post', '/v1/secrets', { name: `a-${mood}`, text: plant('the text of a secret') }],
    [
      'post',
      '/v1/secrets',
      { name: `b-${mood}`, data: Buffer.from(plant('the data of a secret')).toString('base64') },
    ],
    ['post', '/v1/configs', { name: `c-${mood}`, text: plant('the text of a config') }],
    ['post', '/v1/certificates', { ...certificate, name: `shop-${mood}` }],
    ['post', '/v1/certificates', { ...certificate, name: `bad-${mood}`, key: plant('what is no key') }],
    [
      'post',
      '/v1/routes',
      {
        name: `r-${mood}`,
        hosts: [`${mood}.example.com`],
        redirect: { host: 'example.com' },
        basicAuth: { users: { ann: hash('a route’s users') } },
        requestHeaders: { set: { Authorization: `Basic ${plant('a header that a route sets')}` } },
      },
    ],
    ['post', '/v1/services', { name: 'x', image: 'nginx', env: plant('env that is no object') }],
    ['post', '/v1/services', { name: 'x', image: 'nginx', env: { A: { b: plant('env that is too deep') } } }],
    [
      'post',
      '/v1/services',
      { name: 'x', image: 'nginx', environment: { A: plant('a field that there is not') } },
    ],
    ['post', '/v1/secrets', { name: 'x', text: [plant('a secret that is a list')] }],
    ['post', '/v1/secrets', { name: 'x', data: `${plant('data that is no base64')}!` }],
    [
      'post',
      '/v1/routes',
      { name: 'x', hosts: ['x.com'], basicAuth: { users: { ann: plant('a password in clear') } } },
    ],
    ['post', '/v1/tokens', { name: 'x', role: 'viewer', token: plant('a token of one’s own') }],
  ];
}

/** Mutations that take a secret, as variables and as literals. */
export function secretMutations(canaries: Canaries, mood: Mood): readonly Mutation[] {
  const plant = (place: string): string => canaries.plant(`${place} (${mood})`);
  const service = 'mutation ($env: StringMap) { updateService(id: "kept", input: { env: $env }) { id } }';
  const secret = 'mutation ($input: CreateStoredFileInput!) { createSecret(input: $input) { id } }';
  return [
    [service, { env: { PASSWORD: plant('env as a variable') } }],
    [service, { env: { PASSWORD: [plant('env as a variable that does not fit')] } }],
    [service, { env: plant('env as a variable that is no map') }],
    [secret, { input: { name: 'g', text: { x: plant('a secret as a variable that does not fit') } } }],
    [secret, { input: { name: 'g', text: plant('a secret beside a variable’s wrong field'), nothing: 1 } }],
    [
      `mutation { createSecret(input: { name: "l-${mood}", text: "${plant('a secret as a literal')}" }) { id } }`,
      {},
    ],
    [
      `mutation { createSecret(input: { name: "l", text: 1, data: "${plant('a literal beside')}" }) { id } }`,
      {},
    ],
    [
      `mutation { createSecret(input: { name: "l", text: { x: "${plant('a literal inside')}" } }) { id } }`,
      {},
    ],
    [`mutation { createSecret(input: "${plant('a literal in place of all')}") { id } }`, {}],
    [`mutation { createSecret(input: { "${plant('a literal in place of a name')}" }) { id } }`, {}],
    [
      `mutation { updateService(id: "kept", input: { env: { A: "${plant('env as a literal')}" } }) { id } }`,
      {},
    ],
    [`mutation { updateService(id: "kept", input: { env: ["${plant('env as a list')}"] }) { id } }`, {}],
  ];
}
