import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import { newToken } from '../../src/auth/token-format.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { containing, matching } from '../support/matching.ts';
import { REFUSED_CONTAINERS } from '../support/refused-containers.ts';
import type { GraphqlError } from '../support/subscription.ts';
import { bodyOf, startSurface, type Rest, type Surface } from '../support/surface.ts';

/** One bad request, as both surfaces can send it, and the verdict that both must give. */
interface Case {
  readonly name: string;
  readonly rest: (rest: Rest) => ReturnType<Rest['get']>;
  readonly graphql: string;
  readonly variables?: Record<string, unknown>;
  readonly status: number;
  readonly code: string;
  /** The fields that are wrong; where GraphQL itself refuses the document, it has none. */
  readonly pointers?: readonly string[];
  readonly bySchema?: boolean;
  /** What the detail must speak of: what is wrong or what to do. */
  readonly detail: RegExp;
}

const CREATE_NETWORK = 'mutation ($input: CreateNetworkInput!) { createNetwork(input: $input) { id } }';
const CREATE_SERVICE = 'mutation ($input: CreateServiceInput!) { createService(input: $input) { id } }';
const UPDATE_SERVICE =
  'mutation ($input: UpdateServiceInput!) { updateService(id: "there", input: $input) { id } }';

type Refusal = Pick<Case, 'pointers' | 'detail'> & Partial<Pick<Case, 'status' | 'code' | 'bySchema'>>;
const INVALID = { status: 400, code: 'INVALID' } as const;

const network = (name: string, input: Record<string, unknown>, refusal: Refusal): Case => ({
  name: `a network with ${name}`,
  rest: (rest) => rest.post('/v1/networks').send({ name: 'bad', ...input }),
  graphql: CREATE_NETWORK,
  variables: { input: { name: 'bad', ...input } },
  ...INVALID,
  ...refusal,
});

const subnet = (name: string, fields: Record<string, unknown>, field: string, detail: RegExp): Case =>
  network(name, { subnets: [fields] }, { pointers: [`/subnets/0/${field}`], detail });

/** Words of an enum as GraphQL writes them, at any depth. */
function capitals(value: unknown): unknown {
  const words = [
    'mode',
    'endpointMode',
    'publishMode',
    'availability',
    'protocol',
    'condition',
    'order',
    'failureAction',
    'role',
    'type',
    'consistency',
    'propagation',
    'isolation',
    'resolveImage',
    'kind',
  ];
  if (Array.isArray(value)) return value.map(capitals);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      words.includes(key) && typeof part === 'string'
        ? part.toUpperCase().replaceAll('-', '_')
        : capitals(part),
    ]),
  );
}

const service = (name: string, input: Record<string, unknown>, refusal: Refusal): Case => ({
  name: `a service with ${name}`,
  rest: (rest) => rest.post('/v1/services').send({ name: 'bad', image: 'nginx', ...input }),
  graphql: CREATE_SERVICE,
  variables: { input: capitals({ name: 'bad', image: 'nginx', ...input }) },
  ...INVALID,
  ...refusal,
});

const patch = (name: string, input: Record<string, unknown>, refusal: Refusal): Case => ({
  name: `a change of a service to ${name}`,
  rest: (rest) => rest.patch('/v1/services/there').send(input),
  graphql: UPDATE_SERVICE,
  variables: { input: capitals(input) },
  ...INVALID,
  ...refusal,
});

const CONFLICT = { status: 409, code: 'CONFLICT' } as const;

const node = (name: string, input: Record<string, unknown>, refusal: Refusal): Case => ({
  name: `a change of a node to ${name}`,
  rest: (rest) => rest.patch('/v1/nodes/node-1').send(input),
  graphql: 'mutation ($input: UpdateNodeInput!) { updateNode(id: "node-1", input: $input) { id } }',
  variables: { input: capitals(input) },
  ...INVALID,
  ...refusal,
});

const unknown = (kind: string): Case => ({
  name: `an unknown ${kind}`,
  rest: (rest) => rest.get(`/v1/${kind}s/nowhere`),
  graphql: `{ ${kind}(id: "nowhere") { id } }`,
  status: 404,
  code: 'NOT_FOUND',
  detail: new RegExp(`no ${kind} .*"nowhere".*GET /v1/${kind}s`),
});

const action = (
  name: string,
  rest: Case['rest'],
  mutation: string,
  refusal: Omit<Case, 'name' | 'rest' | 'graphql'>,
): Case => ({ name, rest, graphql: `mutation { ${mutation} }`, ...refusal });

const port = (fields: Record<string, unknown>): Record<string, unknown> => ({
  ports: [{ targetPort: 80, ...fields }],
});

/** What is refused of a secret is refused of a config. */
const stored = (name: string, input: Record<string, unknown>, refusal: Refusal): Case[] =>
  (['secret', 'config'] as const).map((kind) => {
    const type = kind === 'secret' ? 'Secret' : 'Config';
    const whole = { name: 'bad', text: 'x', ...input };
    return {
      name: `a ${kind} with ${name}`,
      rest: (rest) => rest.post(`/v1/${kind}s`).send(whole),
      graphql: `mutation ($input: Create${type}Input!) { create${type}(input: $input) { id } }`,
      variables: { input: whole },
      ...INVALID,
      ...refusal,
    };
  });

const route = (name: string, input: Record<string, unknown>, refusal: Refusal): Case => {
  const whole = {
    name: 'bad',
    hosts: ['a.example.com'],
    backends: [{ service: 'there', port: 80 }],
    ...input,
  };
  return {
    name: `a route with ${name}`,
    rest: (rest) => rest.post('/v1/routes').send(whole),
    graphql: 'mutation ($input: RouteInput!) { createRoute(input: $input) { id } }',
    variables: { input: capitals(whole) },
    ...INVALID,
    ...refusal,
  };
};

const CASES: readonly Case[] = [
  // Routes
  route('a host that is none', { hosts: ['a b'] }, { pointers: ['/hosts/0'], detail: /no host/ }),
  route(
    'a path of another kind',
    { paths: [{ kind: 'regex', value: '/a' }] },
    { pointers: ['/paths/0/kind'], bySchema: true, detail: /kind|REGEX|one of/i },
  ),
  route(
    'another redirect',
    { backends: [], redirect: { status: 303, host: 'b.example.com' } },
    { pointers: ['/redirect/status'], detail: /301/ },
  ),
  route(
    'a header with a line in it',
    { requestHeaders: { set: { 'X-A': 'a\nb' } } },
    {
      pointers: ['/requestHeaders/set/X-A'],
      detail: /value of a header/,
    },
  ),
  route(
    'a password in clear text',
    { basicAuth: { users: { ann: 'secret' } } },
    { pointers: ['/basicAuth/users/ann'], detail: /openssl/ },
  ),
  route(
    'a service that is not there',
    { backends: [{ service: 'nobody', port: 80 }] },
    { pointers: ['/backends/0/service'], detail: /nobody/ },
  ),
  route(
    'too great a weight',
    { backends: [{ service: 'there', port: 80, weight: 1001 }] },
    {
      pointers: ['/backends/0/weight'],
      detail: /1000/,
    },
  ),
  route(
    'a field that there is not',
    { snippet: 'x' },
    { pointers: ['/snippet'], bySchema: true, detail: /snippet|no such field/ },
  ),
  {
    name: 'a service that routers cannot reach',
    rest: (rest) =>
      rest
        .post('/v1/routes')
        .send({ name: 'far', hosts: ['far.example.com'], backends: [{ service: 'there', port: 80 }] }),
    graphql:
      'mutation { createRoute(input: { name: "far", hosts: ["far.example.com"], backends: [{ service: "there", port: 80 }] }) { id } }',
    status: 409,
    code: 'CONFLICT',
    detail: /io\.swarmplane\.router/,
  },
  // Containers
  ...REFUSED_CONTAINERS.map(([name, input, pointer, detail]) =>
    service(name, input, { pointers: [pointer], detail }),
  ),
  patch(
    'a mount without a target',
    { mounts: [{ type: 'tmpfs', target: '' }] },
    { pointers: ['/mounts/0/target'], detail: /Say where/ },
  ),
  patch('a score on an old engine', { oomScoreAdj: 5 }, { pointers: ['/oomScoreAdj'], detail: /1\.46/ }),
  service(
    'a secret that is none',
    { secrets: [{ secret: 'nowhere' }] },
    { pointers: ['/secrets/0/secret'], detail: /no secret .*"nowhere".*GET \/v1\/secrets/ },
  ),
  service(
    'a config that is none',
    { configs: [{ config: 'nowhere' }] },
    { pointers: ['/configs/0/config'], detail: /no config .*"nowhere".*GET \/v1\/configs/ },
  ),
  service(
    'one of our own configs',
    { configs: [{ config: 'swarmplane.token.a1' }] },
    { pointers: ['/configs/0/config'], detail: /no config/ },
  ),
  service(
    'a credential spec from a config that is none',
    { privileges: { credentialSpec: { config: 'nowhere' } } },
    { pointers: ['/privileges/credentialSpec/config'], detail: /"nowhere"/ },
  ),
  service(
    'an image that must be resolved and is nowhere',
    { image: 'nowhere:1', resolveImage: 'require' },
    { pointers: ['/image'], detail: /"nowhere:1".*X-Registry-Auth/ },
  ),
  // Secrets and configs
  ...['', '-x', 'a b', 'x'.repeat(65)].flatMap((name) =>
    stored(`the name ${JSON.stringify(name)}`, { name }, { pointers: ['/name'], detail: /letter or digit/ }),
  ),
  ...stored('one of our names', { name: 'swarmplane.x' }, { pointers: ['/name'], detail: /own/ }),
  ...stored('nothing in it', { text: '' }, { pointers: ['/data'], detail: /1 to 512000 bytes/ }),
  ...stored('neither data nor text', { text: null }, { pointers: ['/data'], detail: /either "data"/ }),
  ...stored('both data and text', { data: 'eA==' }, { pointers: ['/data'], detail: /either "data"/ }),
  ...stored('data that is no base64', { text: null, data: 'e!' }, { pointers: ['/data'], detail: /base64/ }),
  ...stored(
    'too much in it',
    { text: 'x'.repeat(512_001) },
    { pointers: ['/data'], detail: /these are 512001/ },
  ),
  ...stored('an unknown driver', { templating: 'perl' }, { pointers: ['/templating'], detail: /golang/ }),
  ...(['secret', 'config'] as const).flatMap((kind) => [
    unknown(kind),
    action(
      `deleting an unknown ${kind}`,
      (rest) => rest.delete(`/v1/${kind}s/nowhere`),
      `delete${kind === 'secret' ? 'Secret' : 'Config'}(id: "nowhere")`,
      { status: 404, code: 'NOT_FOUND', detail: /"nowhere"/ },
    ),
  ]),

  // Names
  ...['', '-x', 'x-', 'a b', 'ä', 'a/b', 'x'.repeat(65), '.', 'a\nb'].map((name) =>
    network(`the name ${JSON.stringify(name)}`, { name }, { pointers: ['/name'], detail: /letter or digit/ }),
  ),
  ...['host', 'bridge', 'none', 'default'].map((name) =>
    network(`the name ${name}`, { name }, { pointers: ['/name'], detail: /Choose another name/ }),
  ),
  ...['', '-x', 'x-', 'a b', 'a.b', 'x'.repeat(64)].map((name) =>
    service(`the name ${JSON.stringify(name)}`, { name }, { pointers: ['/name'], detail: /letter or digit/ }),
  ),

  // Addresses
  subnet('no CIDR', { subnet: '10.0.9.0' }, 'subnet', /no subnet in CIDR notation, like 10\.0\.9\.0\/24/),
  subnet('no address', { subnet: 'ten/24' }, 'subnet', /no subnet in CIDR notation/),
  subnet('an octet too large', { subnet: '10.0.256.0/24' }, 'subnet', /no subnet in CIDR notation/),
  subnet('leading zeros', { subnet: '10.0.09.0/24' }, 'subnet', /no subnet in CIDR notation/),
  subnet('a prefix too long', { subnet: '10.0.9.0/33' }, 'subnet', /no subnet in CIDR notation/),
  subnet('host bits', { subnet: '10.0.9.7/24' }, 'subnet', /host bits set.*10\.0\.9\.0\/24/),
  subnet('no room for a task', { subnet: '10.0.9.0/30' }, 'subnet', /too small.*\/29/),
  subnet(
    'a gateway outside',
    { subnet: '10.0.9.0/24', gateway: '10.0.8.1' },
    'gateway',
    /outside of the subnet/,
  ),
  subnet('a gateway with a prefix', { subnet: '10.0.9.0/24', gateway: '10.0.9.1/24' }, 'gateway', /plain IP/),
  subnet('a range outside', { subnet: '10.0.9.0/24', ipRange: '10.0.8.0/25' }, 'ipRange', /not inside/),
  subnet(
    'a range larger than it',
    { subnet: '10.0.9.0/24', ipRange: '10.0.8.0/23' },
    'ipRange',
    /not inside/,
  ),
  subnet('a range with host bits', { subnet: '10.0.9.0/24', ipRange: '10.0.9.9/25' }, 'ipRange', /host bits/),
  subnet('a range that is none', { subnet: '10.0.9.0/24', ipRange: 'all' }, 'ipRange', /no range in CIDR/),
  subnet(
    'auxiliary addresses',
    { subnet: '10.0.9.0/24', auxAddresses: { a: '10.0.9.5' } },
    'auxAddresses',
    /Leave addresses out with ipRange/,
  ),
  subnet('IPv6 that is not switched on', { subnet: 'fd00::/64' }, 'subnet', /"ipv6": true/),
  network(
    'subnets that overlap',
    { subnets: [{ subnet: '10.7.0.0/16' }, { subnet: '10.7.7.0/24' }] },
    { pointers: ['/subnets/1/subnet'], detail: /overlaps with \/subnets\/0/ },
  ),
  network(
    'a subnet of another network',
    { subnets: [{ subnet: '10.99.0.0/25' }] },
    { status: 409, code: 'CONFLICT', pointers: ['/subnets/0/subnet'], detail: /"there".*another subnet/ },
  ),

  // Other fields of a network
  network('another driver', { driver: 'bridge' }, { pointers: ['/driver'], detail: /Only "overlay"/ }),
  network(
    'encryption as an option',
    { options: { encrypted: '' } },
    { pointers: ['/options/encrypted'], detail: /field "encrypted"/ },
  ),
  network(
    'an unknown field',
    { mtu: 1400 },
    { pointers: ['/mtu'], bySchema: true, detail: /mtu|no such field/ },
  ),
  network(
    'an unknown field deep down',
    { subnets: [{ subnet: '10.0.9.0/24', dns: 'x' }] },
    { pointers: ['/subnets/0/dns'], bySchema: true, detail: /dns|no such field/ },
  ),
  network('a number for a name', { name: 7 }, { pointers: ['/name'], bySchema: true, detail: /string/i }),
  network('null for a name', { name: null }, { pointers: ['/name'], bySchema: true, detail: /null|string/i }),
  network(
    'a word for a flag',
    { internal: 'yes' },
    { pointers: ['/internal'], bySchema: true, detail: /boolean/i },
  ),
  network(
    'a list for labels',
    { labels: ['a'] },
    { pointers: ['/labels'], bySchema: true, detail: /strings/ },
  ),
  network(
    'a number in labels',
    { labels: { a: 1 } },
    { pointers: ['/labels'], bySchema: true, detail: /strings/ },
  ),
  network(
    'no list of subnets',
    { subnets: '10.0.9.0/24' },
    { pointers: ['/subnets'], bySchema: true, detail: /\S/ },
  ),
  network(
    'null among its subnets',
    { subnets: [null] },
    { pointers: ['/subnets/0'], bySchema: true, detail: /\S/ },
  ),
  network(
    'a subnet of nothing',
    { subnets: [{}] },
    { pointers: ['/subnets/0/subnet'], bySchema: true, detail: /\S/ },
  ),
  network(
    'a name that is taken',
    { name: 'there' },
    { status: 409, code: 'NAME_TAKEN', detail: /"there" already.*Choose another/ },
  ),

  // Ports
  service('a target port of 0', port({ targetPort: 0 }), {
    pointers: ['/ports/0/targetPort'],
    detail: /1 to 65535/,
  }),
  service('a target port too high', port({ targetPort: 65_536 }), {
    pointers: ['/ports/0/targetPort'],
    detail: /1 to 65535/,
  }),
  service('a published port of 0', port({ publishedPort: 0 }), {
    pointers: ['/ports/0/publishedPort'],
    detail: /left out for any free one/,
  }),
  service('a published port too high', port({ publishedPort: 70_000 }), {
    pointers: ['/ports/0/publishedPort'],
    detail: /1 to 65535/,
  }),
  service('a fraction of a port', port({ targetPort: 80.5 }), {
    pointers: ['/ports/0/targetPort'],
    bySchema: true,
    detail: /integer/i,
  }),
  service(
    'the same port twice',
    { ports: [80, 81].map((targetPort) => ({ targetPort, publishedPort: 9000 })) },
    { pointers: ['/ports/1/publishedPort'], detail: /published already by \/ports\/0/ },
  ),
  service('a port of another service', port({ publishedPort: 8099 }), {
    status: 409,
    code: 'CONFLICT',
    pointers: ['/ports/0/publishedPort'],
    detail: /"there".*another port/,
  }),
  service(
    'an ingress port in mode dnsrr',
    { ...port({}), endpointMode: 'dnsrr' },
    {
      pointers: ['/ports/0/publishMode'],
      detail: /Use "host", or "vip"/,
    },
  ),
  service('an unknown protocol', port({ protocol: 'icmp' }), {
    pointers: ['/ports/0/protocol'],
    bySchema: true,
    detail: /tcp|PortProtocol/,
  }),
  service(
    'null among its ports',
    { ports: [null] },
    { pointers: ['/ports/0'], bySchema: true, detail: /\S/ },
  ),
  service(
    'a number among its ports',
    { ports: [80] },
    { pointers: ['/ports/0'], bySchema: true, detail: /\S/ },
  ),

  ...[
    ['2377/tcp', { publishedPort: 2377 }, /2377\/tcp is the port of the management/],
    ['7946/udp', { publishedPort: 7946, protocol: 'udp', publishMode: 'host' }, /gossip/],
    ['4789/udp', { publishedPort: 4789, protocol: 'udp' }, /overlay traffic/],
  ].map(([name, fields, detail]) =>
    service(`the reserved port ${name as string}`, port(fields as Record<string, unknown>), {
      status: 409,
      code: 'CONFLICT',
      pointers: ['/ports/0/publishedPort'],
      detail: detail as RegExp,
    }),
  ),
  service('an ingress port of another service in host mode', port({ publishedPort: 8098 }), {
    status: 409,
    code: 'CONFLICT',
    pointers: ['/ports/0/publishedPort'],
    detail: /"everywhere".*in host mode/,
  }),
  service('a host port of another service', port({ publishedPort: 8099, publishMode: 'host' }), {
    status: 409,
    code: 'CONFLICT',
    pointers: ['/ports/0/publishedPort'],
    detail: /"there".*another port/,
  }),
  service('a host port that is taken on all nodes', port({ publishedPort: 8098, publishMode: 'host' }), {
    status: 409,
    code: 'CONFLICT',
    pointers: ['/ports/0/publishedPort'],
    detail: /every node.*"everywhere"/,
  }),

  // Mode, durations, placement
  service(
    'replicas in mode global',
    { mode: 'global', replicas: 2 },
    {
      pointers: ['/replicas'],
      detail: /Only services of mode "replicated"/,
    },
  ),
  service('negative replicas', { replicas: -1 }, { pointers: ['/replicas'], detail: /0 to 1000000/ }),
  service(
    'half a replica',
    { replicas: 0.5 },
    { pointers: ['/replicas'], bySchema: true, detail: /integer/i },
  ),
  service(
    'a word for replicas',
    { replicas: 'two' },
    { pointers: ['/replicas'], bySchema: true, detail: /integer/i },
  ),
  service('an unknown mode', { mode: 'sometimes' }, { pointers: ['/mode'], bySchema: true, detail: /\S/ }),
  ...[
    ['stopGracePeriod', { stopGracePeriod: -1 }],
    ['restartPolicy/delay', { restartPolicy: { delay: -1 } }],
    ['restartPolicy/window', { restartPolicy: { window: -5 } }],
    ['updateConfig/delay', { updateConfig: { delay: -1 } }],
    ['updateConfig/monitor', { updateConfig: { monitor: -1 } }],
    ['rollbackConfig/delay', { rollbackConfig: { delay: -1 } }],
  ].map(([field, input]) =>
    service(`a negative duration in ${field as string}`, input as Record<string, unknown>, {
      pointers: [`/${field as string}`],
      detail: /milliseconds and not negative/,
    }),
  ),
  service(
    'a ratio above 1',
    { updateConfig: { maxFailureRatio: 1.5 } },
    {
      pointers: ['/updateConfig/maxFailureRatio'],
      detail: /between 0 and 1/,
    },
  ),
  ...[
    ['updateConfig/parallelism', { updateConfig: { parallelism: -1 } }],
    ['restartPolicy/maxAttempts', { restartPolicy: { maxAttempts: -1 } }],
    ['placement/maxReplicas', { placement: { maxReplicas: -1 } }],
    ['resources/limits/nanoCpus', { resources: { limits: { nanoCpus: -1 } } }],
    ['resources/limits/memoryBytes', { resources: { limits: { memoryBytes: -1 } } }],
    ['forceUpdate', { forceUpdate: -1 }],
  ].map(([field, input]) =>
    service(`a negative number in ${field as string}`, input as Record<string, unknown>, {
      pointers: [`/${field as string}`],
      detail: /\S/,
    }),
  ),
  service(
    'a constraint that is none',
    { placement: { constraints: ['node.role = worker'] } },
    {
      pointers: ['/placement/constraints/0'],
      detail: /node\.role == worker/,
    },
  ),
  service(
    'a spread over nothing',
    { placement: { preferences: [{ spread: 'zone' }] } },
    {
      pointers: ['/placement/preferences/0/spread'],
      detail: /node\.labels\.zone/,
    },
  ),
  service(
    'a limit per node in mode global',
    { mode: 'global', placement: { maxReplicas: 1 } },
    {
      pointers: ['/placement/maxReplicas'],
      detail: /one task per node/,
    },
  ),

  // Other fields of a service
  service('no image', { image: '' }, { pointers: ['/image'], detail: /Name the image/ }),
  service(
    'a space in the image',
    { image: 'nginx latest' },
    { pointers: ['/image'], detail: /Name the image/ },
  ),
  service('an empty variable', { env: { '': 'x' } }, { pointers: ['/env/'], detail: /not empty/ }),
  service(
    'an equals sign in a variable',
    { env: { 'A=B': 'x' } },
    { pointers: ['/env/A=B'], detail: /no "="/ },
  ),
  service(
    'an unknown field',
    { pullPolicy: 'x' },
    { pointers: ['/pullPolicy'], bySchema: true, detail: /\S/ },
  ),
  service(
    'an unknown network',
    { networks: [{ network: 'there' }, { network: 'nowhere' }] },
    {
      pointers: ['/networks/1/network'],
      detail: /"nowhere".*GET \/v1\/networks/,
    },
  ),
  service(
    'an ambiguous network',
    { networks: [{ network: 'twin' }] },
    {
      pointers: ['/networks/0/network'],
      detail: /fits 2 networks.*Use a whole id/,
    },
  ),
  service(
    'the network of the routing mesh',
    { networks: [{ network: 'ingress' }] },
    {
      pointers: ['/networks/0/network'],
      detail: /publishing a port/,
    },
  ),
  service(
    'the same network twice',
    { networks: [{ network: 'there' }, { network: 'there' }] },
    {
      pointers: ['/networks/1/network'],
      detail: /already/,
    },
  ),
  service(
    'an alias that is no name',
    { networks: [{ network: 'there', aliases: ['ok', 'not ok'] }] },
    {
      pointers: ['/networks/0/aliases/1'],
      detail: /no DNS name/,
    },
  ),
  service(
    'a name that is taken',
    { name: 'there' },
    {
      status: 409,
      code: 'NAME_TAKEN',
      detail: /PATCH \/v1\/services\/there/,
    },
  ),

  // Changes
  patch(
    'another name',
    { name: 'elsewhere' },
    { pointers: ['/name'], detail: /cannot rename.*Create another/ },
  ),
  patch(
    'another mode',
    { mode: 'global', replicas: null },
    { pointers: ['/mode'], detail: /Create another one/ },
  ),
  patch('an unknown field', { pullPolicy: 'x' }, { pointers: ['/pullPolicy'], bySchema: true, detail: /\S/ }),
  patch('no image', { image: null }, { pointers: ['/image'], detail: /Name the image/ }),
  patch('negative replicas', { replicas: -3 }, { pointers: ['/replicas'], detail: /0 to 1000000/ }),
  patch(
    'a bad port',
    { ports: [{ targetPort: -1 }] },
    { pointers: ['/ports/0/targetPort'], detail: /1 to 65535/ },
  ),

  patch(
    'a port of another service',
    { ports: [{ targetPort: 80, publishedPort: 8098 }] },
    {
      status: 409,
      code: 'CONFLICT',
      pointers: ['/ports/0/publishedPort'],
      detail: /"everywhere"/,
    },
  ),

  // Nodes and the swarm
  node(
    'the last manager a worker',
    { role: 'worker' },
    { ...CONFLICT, pointers: ['/role'], detail: /last manager/ },
  ),
  node('no role', { role: null }, { pointers: ['/role'], detail: /always has a role/ }),
  node('no availability', { availability: null }, { pointers: ['/availability'], detail: /always "active"/ }),
  node('an unknown role', { role: 'leader' }, { pointers: ['/role'], bySchema: true, detail: /\S/ }),
  node(
    'an unknown availability',
    { availability: 'away' },
    { pointers: ['/availability'], bySchema: true, detail: /\S/ },
  ),
  node(
    'a number in labels',
    { labels: { a: 1 } },
    { pointers: ['/labels'], bySchema: true, detail: /strings/ },
  ),
  node('another hostname', { hostname: 'x' }, { pointers: ['/hostname'], bySchema: true, detail: /\S/ }),
  action(
    'changing an unknown node',
    (rest) => rest.patch('/v1/nodes/nowhere').send({}),
    'updateNode(id: "nowhere", input: {}) { id }',
    { status: 404, code: 'NOT_FOUND', detail: /"nowhere"/ },
  ),
  action(
    'a change of a node with a stale If-Match',
    (rest) => rest.patch('/v1/nodes/node-1').set('If-Match', '"1"').send({ availability: 'drain' }),
    'updateNode(id: "node-1", input: { availability: DRAIN }, ifMatch: "1") { id }',
    { status: 412, code: 'STALE', detail: /Read it again.*If-Match/ },
  ),
  action(
    'rotating the join token of no role',
    (rest) => rest.post('/v1/swarm/join-tokens/rotate').send({ role: 'leader' }),
    'rotateJoinToken(role: LEADER) { worker }',
    { ...INVALID, pointers: ['/role'], bySchema: true, detail: /\S/ },
  ),
  {
    name: 'ports of an unknown service',
    rest: (rest) => rest.get('/v1/ports?service=nowhere'),
    graphql: '{ ports(filter: { service: "nowhere" }) { totalCount } }',
    status: 404,
    code: 'NOT_FOUND',
    detail: /"nowhere"/,
  },
  {
    name: 'ports of an unknown node',
    rest: (rest) => rest.get('/v1/ports?node=nowhere'),
    graphql: '{ ports(filter: { node: "nowhere" }) { totalCount } }',
    status: 404,
    code: 'NOT_FOUND',
    detail: /"nowhere"/,
  },
  {
    name: 'a filter by no port',
    rest: (rest) => rest.get('/v1/ports?port=http'),
    graphql: '{ ports(filter: { port: "http" }) { totalCount } }',
    ...INVALID,
    pointers: ['/port'],
    bySchema: true,
    detail: /integer/i,
  },

  // Actions
  action(
    'scaling below zero',
    (rest) => rest.post('/v1/services/there/scale').send({ replicas: -1 }),
    'scaleService(id: "there", replicas: -1) { id }',
    { ...INVALID, pointers: ['/replicas'], detail: /0 to 1000000/ },
  ),
  action(
    'scaling a global service',
    (rest) => rest.post('/v1/services/everywhere/scale').send({ replicas: 2 }),
    'scaleService(id: "everywhere", replicas: 2) { id }',
    { ...INVALID, pointers: ['/replicas'], detail: /mode "replicated"/ },
  ),
  action(
    'scaling to nothing said',
    (rest) => rest.post('/v1/services/there/scale').send({}),
    'scaleService(id: "there") { id }',
    { ...INVALID, pointers: ['/replicas'], bySchema: true, detail: /\S/ },
  ),
  action(
    'a rollback of what was never updated',
    (rest) => rest.post('/v1/services/there/rollback'),
    'rollbackService(id: "there") { id }',
    { status: 409, code: 'CONFLICT', detail: /never updated/ },
  ),
  action(
    'attaching an unknown network',
    (rest) => rest.put('/v1/services/there/networks/nowhere').send({}),
    'attachService(id: "there", network: "nowhere") { id }',
    { status: 404, code: 'NOT_FOUND', detail: /"nowhere"/ },
  ),
  action(
    'detaching what is not attached',
    (rest) => rest.delete('/v1/services/there/networks/there'),
    'detachService(id: "there", network: "there") { id }',
    { status: 404, code: 'NOT_FOUND', detail: /not attached/ },
  ),
  action(
    'deleting a network that is in use',
    (rest) => rest.delete('/v1/networks/used'),
    'deleteNetwork(id: "used")',
    { status: 409, code: 'IN_USE', detail: /everywhere.*detach/ },
  ),
  // Addresses
  network(
    'a force that is no boolean',
    { force: 'yes' },
    { pointers: ['/force'], detail: /boolean/i, bySchema: true },
  ),
  ...([0, 30, 33, -1] as const).map((prefixLength) => ({
    name: `a free subnet with a prefix of ${prefixLength}`,
    rest: (rest: Rest) => rest.get(`/v1/ipam/subnets?prefixLength=${prefixLength}`),
    graphql: `{ subnets(prefixLength: ${prefixLength}) { proposal } }`,
    ...INVALID,
    pointers: ['/prefixLength'],
    detail: /1 to 29 for IPv4|integer/,
  })),
  {
    name: 'a free IPv6 subnet where there is no pool of any',
    rest: (rest) => rest.get('/v1/ipam/subnets?ipv6=true'),
    graphql: '{ subnets(ipv6: true) { proposal } }',
    status: 409,
    code: 'CONFLICT',
    detail: /No IPv6 subnet .*SWARMPLANE_ADDRESS_POOLS/,
  },
  {
    name: 'the addresses of an unknown network',
    rest: (rest) => rest.get('/v1/networks/nowhere/addresses'),
    graphql: '{ network(id: "nowhere") { addresses { complete } } }',
    status: 404,
    code: 'NOT_FOUND',
    detail: /no network .*"nowhere"/,
  },
  action(
    'pruning from a moment that is none',
    (rest) => rest.post('/v1/networks/prune').send({ filters: { until: 'yesterday' } }),
    'pruneNetworks(filters: { until: "yesterday" }) { items { id } }',
    { ...INVALID, pointers: ['/filters/until'], detail: /RFC 3339.*10m/ },
  ),
  action(
    'a stale If-Match',
    (rest) => rest.delete('/v1/networks/there').set('If-Match', '"1"'),
    'deleteNetwork(id: "there", ifMatch: "\\"1\\"")',
    { status: 412, code: 'STALE', detail: /Read it again.*If-Match/ },
  ),
  action(
    'an If-Match that is no ETag',
    (rest) => rest.delete('/v1/networks/there').set('If-Match', 'latest'),
    'deleteNetwork(id: "there", ifMatch: "latest")',
    { ...INVALID, pointers: [''], detail: /must be the ETag/ },
  ),
  ...['networks/nowhere', 'services/nowhere'].map((path) => {
    const kind = path.startsWith('networks') ? 'Network' : 'Service';
    return action(
      `deleting an unknown ${kind.toLowerCase()}`,
      (rest) => rest.delete(`/v1/${path}`),
      `delete${kind}(id: "nowhere")`,
      { status: 404, code: 'NOT_FOUND', detail: /"nowhere"/ },
    );
  }),

  // References
  ...['network', 'service', 'task', 'node'].map(unknown),
  {
    name: 'an ambiguous id prefix',
    rest: (rest) => rest.get('/v1/networks/twin'),
    graphql: '{ network(id: "twin") { id } }',
    status: 400,
    code: 'AMBIGUOUS',
    detail: /fits 2 networks \(twin\w+, twin\w+\)\. Use a whole id/,
  },
  {
    name: 'an ambiguous id prefix of what to delete',
    rest: (rest) => rest.delete('/v1/networks/twin'),
    graphql: 'mutation { deleteNetwork(id: "twin") }',
    status: 400,
    code: 'AMBIGUOUS',
    detail: /Use a whole id/,
  },
  ...[
    [
      'an unknown network',
      'nowhere',
      'web',
      { status: 404, code: 'NOT_FOUND', detail: /no network .*"nowhere"/ },
    ],
    ['an ambiguous network', 'twin', 'web', { status: 400, code: 'AMBIGUOUS', detail: /fits 2 networks/ }],
    [
      'a name that is no DNS name',
      'there',
      'a b',
      { ...INVALID, pointers: ['/name'], detail: /no DNS name/ },
    ],
    ['no name', 'there', '', { ...INVALID, pointers: ['/name'], detail: /no DNS name/ }],
  ].map(([name, network, asked, refusal]) => ({
    name: `resolving ${name as string}`,
    rest: (rest: Rest) => rest.get('/v1/discovery/resolve').query({ network, name: asked }),
    graphql: 'query ($network: ID!, $name: String!) { resolve(network: $network, name: $name) { kind } }',
    variables: { network, name: asked },
    ...(refusal as Pick<Case, 'status' | 'code' | 'detail'>),
  })),
  ...[0, 65_536].map((port) => ({
    name: `explaining the port ${port}`,
    rest: (rest: Rest) => rest.get('/v1/discovery/explain').query({ from: 'there', to: 'there', port }),
    graphql: `{ explain(from: "there", to: "there", port: ${port}) { verdict } }`,
    ...INVALID,
    pointers: ['/port'],
    detail: /1 to 65535/,
  })),
  {
    name: 'explaining from an ambiguous prefix',
    rest: (rest) => rest.get('/v1/discovery/explain?from=twin&to=there'),
    graphql: '{ explain(from: "twin", to: "there") { verdict } }',
    status: 400,
    code: 'AMBIGUOUS',
    detail: /Use a whole id/,
  },
  {
    name: 'the names of an unknown network',
    rest: (rest) => rest.get('/v1/discovery/names?network=nowhere'),
    graphql: '{ names(network: "nowhere") { totalCount } }',
    status: 404,
    code: 'NOT_FOUND',
    detail: /no network .*"nowhere"/,
  },
  {
    name: 'names of an unknown kind',
    rest: (rest) => rest.get('/v1/discovery/names?network=there&kind=loud'),
    graphql: '{ names(network: "there", filter: { kind: [LOUD] }) { totalCount } }',
    ...INVALID,
    pointers: ['/kind'],
    bySchema: true,
    detail: /\S/,
  },
  {
    name: 'a filter by an unknown network',
    rest: (rest) => rest.get('/v1/tasks?network=nowhere'),
    graphql: '{ tasks(filter: { network: "nowhere" }) { totalCount } }',
    status: 404,
    code: 'NOT_FOUND',
    detail: /"nowhere"/,
  },
  {
    name: 'a filter by an unknown state',
    rest: (rest) => rest.get('/v1/tasks?state=sleeping'),
    graphql: '{ tasks(filter: { state: [SLEEPING] }) { totalCount } }',
    ...INVALID,
    pointers: ['/state'],
    bySchema: true,
    detail: /\S/,
  },
  {
    name: 'an unknown filter',
    rest: (rest) => rest.get('/v1/networks?colour=green'),
    graphql: '{ networks(filter: { colour: "green" }) { totalCount } }',
    ...INVALID,
    pointers: ['/colour'],
    bySchema: true,
    detail: /colour|no such/i,
  },
  {
    name: 'a cursor of nowhere',
    rest: (rest) => rest.get('/v1/networks?cursor=nowhere'),
    graphql: '{ networks(after: "nowhere") { totalCount } }',
    ...INVALID,
    pointers: ['/cursor'],
    detail: /nextCursor/,
  },
];

let surface: Surface;
let swarm: FakeSwarm;
beforeAll(async () => {
  swarm = new FakeSwarm();
  surface = await startSurface({ swarm });
  await surface.rest
    .post('/v1/networks')
    .send({ name: 'there', subnets: [{ subnet: '10.99.0.0/24' }] })
    .expect(201);
  await surface.rest.post('/v1/networks').send({ name: 'used' }).expect(201);
  swarm.ids.beginNext('twin1');
  await surface.rest.post('/v1/networks').send({ name: 'first-twin' }).expect(201);
  swarm.ids.beginNext('twin2');
  await surface.rest.post('/v1/networks').send({ name: 'second-twin' }).expect(201);
  const there = { name: 'there', image: 'nginx', ports: [{ targetPort: 80, publishedPort: 8099 }] };
  await surface.rest.post('/v1/services').send(there).expect(201);
  const everywhere = {
    name: 'everywhere',
    image: 'nginx',
    mode: 'global',
    networks: [{ network: 'used' }],
    ports: [{ targetPort: 80, publishedPort: 8098, publishMode: 'host' }],
  };
  await surface.rest.post('/v1/services').send(everywhere).expect(201);
  await swarm.settled();
});
afterAll(() => surface.close());

/** Everything the swarm holds, to see that nothing was half done. */
const everything = (): string =>
  JSON.stringify([
    swarm.all('node'),
    swarm.all('network'),
    swarm.all('service'),
    swarm.all('task'),
    swarm.all('config'),
  ]);

const pointersOf = (errors: Problem['errors']): string[] =>
  [...new Set(errors?.map((error) => error.pointer))].toSorted();

/** The same mutation as a dry run. */
function planning(document: string): string {
  return document.replace(/(mutation[^{]*\{\s*\w+\()/, '$1dryRun: true, ');
}

describe('both surfaces refuse', () => {
  // What was made by mistake must not be in the way of the cases after it.
  afterEach(async () => {
    for (const service of swarm.all('service')) {
      if (service.name === 'bad') await swarm.gateway.removeService(service.id);
    }
    for (const network of swarm.all('network')) {
      if (network.name === 'bad') await swarm.gateway.removeNetwork(network.id);
    }
    await swarm.settled();
  });

  it.each(CASES.map((each) => [each.name, each] as const))('%s', async (_, each) => {
    await swarm.settled();
    const before = everything();
    const response = await each.rest(surface.rest);
    const problem = bodyOf<Problem>(response);
    const { errors } = await surface.graphql(each.graphql, each.variables);
    expect({ status: response.status, code: problem.code }, `REST: ${response.text}`).toEqual({
      status: each.status,
      code: each.code,
    });
    // The validation of types may tell of a list what it tells of its item; rules tell each thing once.
    const pointers = pointersOf(problem.errors);
    expect(each.bySchema ? pointers.filter((pointer) => each.pointers?.includes(pointer)) : pointers).toEqual(
      each.pointers ?? [],
    );
    for (const { detail } of problem.errors ?? []) expect(detail).toMatch(/^[A-Z"\d].*\.$/);
    for (const { detail } of problem.errors ?? []) expect(detail).not.toMatch(/ in must | in nested /);
    expect(problem.status).toBe(each.status);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(problem.detail).toMatch(each.detail);

    // A plan fails as the write does.
    const plan = each.rest(surface.rest);
    if (plan.method !== 'GET') {
      const planned = bodyOf<Problem>(await plan.query({ dryRun: 'true' }));
      expect({ ...planned, requestId: '' }).toEqual({ ...problem, requestId: '' });
      const inGraphql = await surface.graphql(planning(each.graphql), each.variables);
      expect(inGraphql.errors.map(({ message }) => message)).toEqual(errors.map(({ message }) => message));
    }

    const [error] = errors;
    expect(
      {
        status: error?.extensions.status,
        code: error?.extensions.code,
        pointers: pointersOf(error?.extensions.errors),
      },
      `GraphQL: ${JSON.stringify(errors)}`,
    ).toEqual({
      status: each.status,
      code: each.code,
      pointers: each.bySchema ? [''] : (each.pointers ?? []),
    });
    expect(error?.extensions.type).toBe(problem.type);
    expect(error?.message).toMatch(each.bySchema ? /\S/ : each.detail);
    if (!each.bySchema) expect(error?.message).toBe(problem.detail);
    expect(everything()).toBe(before);
  });
});

describe('both surfaces refuse who they do not know', () => {
  it.each([
    ['no token', null],
    ['a word', 'hunter2'],
    ['a mistyped token', `${newToken().slice(0, -1)}_`],
    ['a token of another installation', newToken()],
  ])('%s', async (_, token) => {
    const response = await surface.as(token).get('/v1/me').expect(401);
    const problem = bodyOf<Problem>(response);
    const { status, errors } = await surface.graphql('{ me { id } }', {}, token);
    expect(status).toBe(401);
    expect(problem.code).toBe('UNAUTHENTICATED');
    expect(errors[0]?.extensions).toMatchObject({
      code: problem.code,
      type: problem.type,
      status: problem.status,
    });
    expect(errors[0]?.message).toBe(problem.detail);
    expect(problem.detail).toMatch(/\.$/);
    const socket = await surface.subscribe('subscription { nodeChanged { type } }', {}, token);
    const { code, reason } = await socket.closing();
    expect(code).toBe(4401);
    expect(reason).toBe(problem.detail.slice(0, 120));
  });
});

describe('a body', () => {
  const BODIES: [
    name: string,
    send: (path: string) => ReturnType<Rest['get']>,
    status: number,
    code: string,
    detail: RegExp,
  ][] = [
    [
      'over 1 MiB',
      (path) => surface.rest.post(path).send({ name: 'x'.repeat(1024 * 1024) }),
      413,
      'TOO_LARGE',
      /larger than 1 MiB/,
    ],
    [
      'of another type',
      (path) => surface.rest.post(path).type('text/plain').send('name=x'),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      /application\/json/,
    ],
    [
      'from a form',
      (path) => surface.rest.post(path).type('form').send({ name: 'x' }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      /application\/json/,
    ],
    [
      'that is malformed',
      (path) => surface.rest.post(path).type('json').send('{"name": "x",}'),
      400,
      'INVALID',
      /JSON/,
    ],
    [
      'that is cut off',
      (path) => surface.rest.post(path).type('json').send('{"name": "x'),
      400,
      'INVALID',
      /JSON/,
    ],
    [
      'that reaches for prototypes',
      (path) => surface.rest.post(path).type('json').send('{"__proto__": {"role": "admin"}, "name": "x"}'),
      400,
      'INVALID',
      /\S/,
    ],
  ];
  const paths = ['/v1/networks', '/v1/services', '/v1/tokens', '/graphql'];

  it.each(BODIES.flatMap(([name, ...rest]) => paths.map((path) => [name, path, ...rest] as const)))(
    '%s is refused by %s',
    async (_, path, send, status, code, detail) => {
      const before = everything();
      const response = await send(path);
      expect(response.status, response.text).toBe(status);
      expect(response.headers['content-type']).toContain('application/problem+json');
      expect(response.body).toMatchObject({ status, code, detail: matching(detail) });
      expect(everything()).toBe(before);
    },
  );

  it.each(['[]', '[{"name": "x"}]', '"x"', '7', 'true'])('that is no object is refused: %s', async (body) => {
    for (const path of ['/v1/networks', '/v1/services', '/v1/tokens']) {
      const response = await surface.rest.post(path).type('json').send(body).expect(400);
      expect(response.body, path).toMatchObject({
        code: 'INVALID',
        detail: containing('JSON object'),
      });
    }
    const patched = await surface.rest.patch('/v1/services/there').type('json').send(body).expect(400);
    expect(patched.body).toMatchObject({ code: 'INVALID' });
    const graph = await surface.rest.post('/graphql').type('json').send(body).expect(400);
    const [error] = bodyOf<{ errors: GraphqlError[] }>(graph).errors;
    expect(error?.extensions).toMatchObject({ code: 'INVALID', status: 400 });
  });

  it('that is missing is told by what is missing', async () => {
    const response = await surface.rest.post('/v1/services').expect(400);
    expect(pointersOf(bodyOf<Problem>(response).errors)).toEqual(['/image', '/name']);
  });

  it('of just under 1 MiB is read', async () => {
    const padding = 'x'.repeat(1024 * 1024 - 1024);
    const response = await surface.rest.post('/v1/networks').send({ name: 'there', labels: { padding } });
    expect(response.status).toBe(409);
  });
});

describe('what would be ignored is refused instead:', () => {
  it.each([
    ['get', '/v1/networks/there'],
    ['get', '/v1/services/there'],
    ['get', '/v1/swarm'],
    ['get', '/v1/me'],
    ['post', '/v1/events/ticket'],
    ['get', '/v1/networks/there/addresses'],
    ['get', '/livez'],
  ] as const)('a query parameter of %s %s', async (method, path) => {
    const before = everything();
    const response = await surface.rest[method](`${path}?dryRun=true`).expect(400);
    expect(response.body).toMatchObject({
      code: 'INVALID',
      errors: [{ pointer: '/dryRun', detail: 'There is no such query parameter here.' }],
    });
    expect(everything()).toBe(before);
  });

  it.each([
    ['delete', '/v1/networks/there', 'force=true', '/force'],
    ['delete', '/v1/networks/there', 'detach=maybe', '/detach'],
    ['post', '/v1/networks/prune', 'detach=true', '/detach'],
    ['post', '/v1/networks/prune', 'dryRun=', '/dryRun'],
    ['get', '/v1/ipam/subnets', 'prefix=24', '/prefix'],
    ['get', '/v1/ipam/subnets', 'ipv6=6', '/ipv6'],
    ['get', '/v1/ipam/subnets', 'prefixLength=abc', '/prefixLength'],
    ['get', '/v1/ipam/subnets', 'prefixLength=24&prefixLength=25', '/prefixLength'],
  ] as const)('in %s %s, %s', async (method, path, query, pointer) => {
    const before = everything();
    const response = await surface.rest[method](`${path}?${query}`).expect(400);
    expect(response.body).toMatchObject({ code: 'INVALID', errors: [{ pointer }] });
    expect(everything()).toBe(before);
  });

  it.each([
    ['patch', '/v1/services/there'],
    ['delete', '/v1/services/there'],
    ['post', '/v1/services/there/restart'],
    ['put', '/v1/services/there/networks/there'],
    ['delete', '/v1/networks/there'],
    ['patch', '/v1/nodes/there'],
    ['post', '/v1/tokens'],
    ['get', '/v1/services'],
  ] as const)('an Idempotency-Key of %s %s', async (method, path) => {
    const before = everything();
    const response = await surface.rest[method](path).set('Idempotency-Key', 'abc').expect(400);
    expect(response.body).toMatchObject({ code: 'INVALID', detail: matching(/Leave it out/) });
    expect(everything()).toBe(before);
  });

  it('an Idempotency-Key of a GraphQL operation', async () => {
    const before = everything();
    const graph = await surface.rest
      .post('/graphql')
      .set('Idempotency-Key', 'abc')
      .send({ query: 'mutation { createNetwork(input: { name: "once" }) { id } }' });
    const [error] = bodyOf<{ errors?: GraphqlError[] }>(graph).errors ?? [];
    expect(error?.message).toContain('argument idempotencyKey');
    expect(error?.extensions).toMatchObject({ code: 'INVALID', status: 400 });
    expect(everything()).toBe(before);
  });

  it.each([
    ['', /1 to 255/],
    ['two words', /1 to 255/],
    ['\u00fc', /1 to 255/],
    ['x'.repeat(256), /1 to 255/],
  ])('the idempotency key %j', async (key, detail) => {
    const before = everything();
    for (const path of ['/v1/services', '/v1/networks']) {
      const input = { name: 'once', ...(path === '/v1/services' ? { image: 'nginx' } : {}) };
      const response = await surface.rest.post(path).set('Idempotency-Key', key).send(input).expect(400);
      expect(response.body).toMatchObject({ code: 'INVALID', detail: matching(detail) });
    }
    const { errors } = await surface.graphql(
      'mutation ($key: String) { createNetwork(input: { name: "once" }, idempotencyKey: $key) { id } }',
      { key },
    );
    expect(errors[0]?.extensions).toMatchObject({
      code: 'INVALID',
      errors: [{ pointer: '/idempotencyKey' }],
    });
    expect(everything()).toBe(before);
  });

  it.each([
    'wait',
    'wait=',
    'wait=-1',
    'wait=301',
    'wait=1.5',
    'wait=soon',
    'respond-async, wait=9999999999',
  ])('Prefer: %s', async (prefer) => {
    const before = everything();
    const response = await surface.rest.post('/v1/services/there/restart').set('Prefer', prefer).expect(400);
    expect(response.body).toMatchObject({ code: 'INVALID', detail: matching(/whole number of seconds/) });
    expect(everything()).toBe(before);
  });

  it.each(['maybe', '', 'TRUE', 'true&dryRun=false'])('dryRun=%s', async (value) => {
    const before = everything();
    for (const path of ['restart', 'rollback']) {
      const response = await surface.rest.post(`/v1/services/there/${path}?dryRun=${value}`).expect(400);
      expect(response.body).toMatchObject({ code: 'INVALID', errors: [{ pointer: '/dryRun' }] });
    }
    expect(everything()).toBe(before);
  });

  it('the label of an idempotency key', async () => {
    const before = everything();
    const labels = { 'swarmplane.idempotency': 'copied' };
    for (const [path, input] of [
      ['/v1/services', { name: 'copy', image: 'nginx', labels }],
      ['/v1/networks', { name: 'copy', labels }],
      ['/v1/secrets', { name: 'copy', text: 'x', labels }],
    ] as const) {
      const response = await surface.rest.post(path).send(input).expect(400);
      expect(response.body).toMatchObject({ errors: [{ pointer: '/labels/swarmplane.idempotency' }] });
    }
    expect(everything()).toBe(before);
  });
});

describe('GraphQL alone refuses', () => {
  it.each([
    ['no query', {}],
    ['an empty query', { query: '' }],
    ['a query that is cut off', { query: '{ me { id }' }],
    ['an unknown field', { query: '{ me { password } }' }],
    ['an unknown argument', { query: '{ services(limit: 5) { totalCount } }' }],
    ['an unknown operation', { query: 'query A { me { id } }', operationName: 'B' }],
    ['a variable that is missing', { query: 'query ($id: ID!) { service(id: $id) { id } }' }],
    ['a fragment that goes in circles', { query: '{ me { ...a } } fragment a on Me { ...a }' }],
  ])('%s, as INVALID', async (_, body) => {
    const response = await surface.rest.post('/graphql').send(body);
    expect(response.status).toBeLessThan(500);
    const [error] = bodyOf<{ errors: GraphqlError[] }>(response).errors;
    expect(error?.message).toMatch(/\S/);
    expect(error?.extensions).toMatchObject({
      code: 'INVALID',
      type: 'urn:swarmplane:problem:invalid',
      status: 400,
      requestId: response.headers['x-request-id'],
    });
  });

  it('a subscription over HTTP', async () => {
    const { data, errors } = await surface.graphql('subscription { nodeChanged { type } }');
    expect(data ?? null).toBeNull();
    expect(errors[0]?.extensions).toMatchObject({ code: 'INVALID', status: 400 });
  });
});
