import { GraphQLSchemaHost } from '@nestjs/graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CANARY, CanaryWorld, type References } from '../../support/access/canary-world.ts';
import { operationFor } from '../../support/graphql-operation.ts';
import { registeredRoutes } from '../../support/registered-routes.ts';
import { Collector } from '../../support/access/collector.ts';

const DEPTH = 4;
const VARIANTS = ['own', 'name', 'id'] as const;
type Variant = (typeof VARIANTS)[number];

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: { readonly type?: string; readonly enum?: readonly string[] };
}
interface Described {
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

let world: CanaryWorld;
let references: Readonly<Record<string, References>>;
let paths: Readonly<Record<string, { readonly get?: Described }>>;
beforeAll(async () => {
  world = await CanaryWorld.build();
  references = await world.references();
  ({ paths } = (await world.admin.ask('GET', '/openapi.json')).body as unknown as { paths: typeof paths });
}, 30_000);
afterAll(() => world.close());

/** What of others is in a text, besides what was asked for. */
function leaks(text: string, asked: string): string[] {
  const told = (text.match(CANARY) ?? []).filter((found) => !asked.includes(found));
  return [...new Set(told)];
}

const valueOf = (name: string, variant: Variant): string => references[name]?.[variant] ?? 'own-nothing';

/** Each way to ask for a path: of what is one's own, and of what is not, with filters and without. */
function urlsOf(path: string): string[] {
  const described = paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.get;
  if (!described) throw new Error(`There is no GET ${path} in the OpenAPI document.`);
  const urls = VARIANTS.flatMap((variant) => {
    const base = path.replaceAll(/:(\w+)/g, (_, name: string) => valueOf(name, variant));
    const query = (parameters: readonly Parameter[]): string =>
      new URLSearchParams(
        parameters.map(({ name, schema }): [string, string] => [
          name,
          schema?.enum?.[0] ?? (schema?.type === 'integer' ? '80' : valueOf(name, variant)),
        ]),
      ).toString();
    const all = (described.parameters ?? []).filter((parameter) => parameter.in === 'query');
    const required = all.filter((parameter) => parameter.required);
    const filters = all.filter((parameter) => !parameter.required && references[parameter.name]);
    return [`${base}?${query(required)}`, ...filters.map((one) => `${base}?${query([...required, one])}`)];
  });
  return [...new Set(urls)];
}

const routes = (): string[] =>
  registeredRoutes(world.surface.app).flatMap((route) => (route.startsWith('GET ') ? [route.slice(4)] : []));

const isStream = (path: string): boolean => {
  const content = paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.get?.responses['200']?.content ?? {};
  return Object.hasOwn(content, 'text/event-stream');
};
/** What answers with a stream and nothing else would not end. */
const isOnlyStream = (path: string): boolean => {
  const content = paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.get?.responses['200']?.content ?? {};
  return isStream(path) && Object.keys(content).length === 1;
};

describe('what belongs to others is in no answer', () => {
  it('of REST', async () => {
    const found: Record<string, string[]> = {};
    let answered = 0;
    for (const path of routes().filter((route) => !isOnlyStream(route))) {
      for (const url of urlsOf(path)) {
        const { status, text, headers } = await world.somebody.read(url);
        expect(status, `${url}: ${text}`).toBeLessThan(500);
        if (status === 200) answered++;
        const told = leaks(`${text} ${headers}`, decodeURIComponent(url));
        if (told.length > 0) found[`${url} ${status}`] = told;
      }
    }
    expect(found).toEqual({});
    expect(answered).toBeGreaterThan(20);
  });

  const fieldsOf = (root: 'Query' | 'Subscription'): string[] => {
    const { schema } = world.surface.app.get(GraphQLSchemaHost, { strict: false });
    const type = root === 'Query' ? schema.getQueryType() : schema.getSubscriptionType();
    return Object.keys(type?.getFields() ?? {}).map((name) => `${root}.${name}`);
  };
  const operationOf = (field: string, variant: Variant) => {
    const { schema } = world.surface.app.get(GraphQLSchemaHost, { strict: false });
    const kind = Object.keys(references).find((name) => field.split('.')[1]?.startsWith(name)) ?? '';
    return operationFor(schema, field, {
      depth: DEPTH,
      text: (name) => valueOf(name === 'id' ? kind : name, variant),
    });
  };

  it('of GraphQL', async () => {
    const found: Record<string, string[]> = {};
    let answered = 0;
    for (const field of fieldsOf('Query')) {
      for (const variant of VARIANTS) {
        const { query, variables } = operationOf(field, variant);
        const { text } = await world.somebody.read('/graphql', { query, variables });
        const { data, errors } = JSON.parse(text) as {
          data?: object | null;
          errors?: { extensions: { code: string } }[];
        };
        expect(['INTERNAL', 'TOO_COMPLEX', 'INVALID_DOCUMENT'], `${field}: ${text}`).not.toContain(
          errors?.[0]?.extensions.code,
        );
        if (data && !errors) answered++;
        const told = leaks(text, JSON.stringify(variables));
        if (told.length > 0) found[`${field} ${variant}`] = told;
      }
    }
    expect(found).toEqual({});
    expect(answered).toBeGreaterThan(15);
  });

  it('of streams and subscriptions, while others change what they have', async () => {
    const collector = new Collector(world.surface, world.somebody.token);
    try {
      for (const path of routes().filter(isStream)) {
        for (const url of urlsOf(path)) await collector.stream(url);
      }
      for (const field of fieldsOf('Subscription')) {
        for (const variant of VARIANTS) {
          await collector.subscription(field, operationOf(field, variant), variant);
        }
      }
      await world.churn();
      await collector.heard('own-churn-0');
    } finally {
      await collector.close();
    }
    const found = Object.fromEntries(
      collector.texts.flatMap(({ name, asked, text }) => {
        const told = leaks(text, asked);
        return told.length > 0 ? [[name, told]] : [];
      }),
    );
    expect(found).toEqual({});
  }, 60_000);

  it('to a write that meets it', async () => {
    const own = { 'com.docker.stack.namespace': 'own' };
    const found: Record<string, string[]> = {};
    const writes: [string, string, object?][] = [
      ['POST', 'networks', { name: 'own-new', labels: own, subnets: [{ subnet: '10.77.1.0/24' }] }],
      [
        'POST',
        'services',
        { name: 'own-new', image: 'x', labels: own, ports: [{ targetPort: 80, publishedPort: 8077 }] },
      ],
      [
        'POST',
        'services',
        {
          name: 'own-new',
          image: 'x',
          labels: own,
          networks: [{ network: 'own-net', aliases: ['canary-alias'] }],
        },
      ],
      [
        'POST',
        'routes',
        {
          name: 'own-new',
          hosts: ['shared.example.com'],
          paths: [{ value: '/' }],
          backends: [{ service: 'own-web', port: 80 }],
        },
      ],
      ['PATCH', 'services/own-web', { ports: [{ targetPort: 80, publishedPort: 8077 }] }],
      ['DELETE', 'networks/own-net'],
      ['DELETE', 'networks/own-net?detach=true'],
      ['POST', 'networks/own-net/replace', {}],
      ['POST', 'networks/prune', {}],
      ...(
        [
          'network',
          'service',
          'secret',
          'config',
          'route',
          'certificate',
          'node',
          'operation',
          'token',
          'grant',
        ] as const
      ).flatMap((kind): [string, string][] =>
        VARIANTS.slice(1).map((variant) => [
          'DELETE',
          `${kind === 'grant' ? 'access/grant' : kind}s/${valueOf(kind, variant)}`,
        ]),
      ),
    ];
    for (const [method, path, body] of writes) {
      const url = `/v1/${path}${path.includes('?') ? '&' : '?'}dryRun=true`;
      const { status, text, headers } = await world.somebody.read(url, body, method);
      expect(status, `${url}: ${text}`).toBeLessThan(500);
      const told = leaks(`${text} ${headers}`, `${url} ${JSON.stringify(body)}`);
      if (told.length > 0) found[`${method} ${path} ${status}`] = told;
    }
    expect(found).toEqual({});
  });
});
