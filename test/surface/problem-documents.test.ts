import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import { containing, matching, someText } from '../support/matching.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let surface: Surface;
beforeAll(async () => {
  surface = await startSurface();
});
afterAll(() => surface.close());

/** Sends a request target as it is: clients would refuse to, or mend it. */
async function raw(path: string, method = 'GET'): Promise<{ status: number; type: string; body: string }> {
  const [host, port] = surface.address.split(':');
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${surface.adminToken}` };
    const request = httpRequest({ host, port, path, method, headers }, (response) => {
      text(response)
        .then((body) =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            body,
          }),
        )
        .catch(reject);
    });
    request.on('error', reject);
    request.end();
  });
}

describe('a problem document', () => {
  it('has a type, a title, the status, a detail, a code and the id of the request', async () => {
    const response = await surface.rest.get('/v1/services/nothing').expect(404);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.body).toEqual({
      type: 'urn:swarmplane:problem:not-found',
      title: 'Not found',
      status: 404,
      detail:
        'There is no service with the id, id prefix or name "nothing". GET /v1/services lists those there are.',
      code: 'NOT_FOUND',
      requestId: response.headers['x-request-id'],
    });
  });

  it('has the errors of the fields, by JSON pointer', async () => {
    const response = await surface.rest
      .post('/v1/services')
      .send({
        name: 'x',
        image: 'nginx',
        ports: [{ targetPort: 80 }, { targetPort: 0 }],
        labels: { 'a/b~c': 1 },
      })
      .expect(400);
    const { code, detail, errors } = bodyOf<Problem>(response);
    expect(code).toBe('INVALID');
    expect(errors).toEqual([{ pointer: '/labels', detail: 'Must be an object whose values are strings.' }]);
    expect(detail).toContain('/labels');
  });

  it('escapes what a JSON pointer must escape', async () => {
    const response = await surface.rest
      .post('/v1/services')
      .send({ name: 'x', image: 'nginx', 'a/b~c': 1 })
      .expect(400);
    expect(bodyOf<Problem>(response).errors).toEqual([
      { pointer: '/a~1b~0c', detail: 'There is no such field.' },
    ]);
  });

  it('tells all that is wrong at once', async () => {
    const response = await surface.rest
      .post('/v1/services')
      .send({
        name: '-bad-',
        image: ' ',
        endpointMode: 'dnsrr',
        ports: [{ targetPort: 0 }, { targetPort: 70_000, publishMode: 'host' }],
        stopGracePeriod: -1,
      })
      .expect(400);
    const pointers = bodyOf<Problem>(response).errors?.map((error) => error.pointer);
    expect(pointers?.toSorted()).toEqual([
      '/image',
      '/name',
      '/ports/0/publishMode',
      '/ports/0/targetPort',
      '/ports/1/targetPort',
      '/stopGracePeriod',
    ]);
  });

  it('does not tell what went wrong inside', async () => {
    surface.swarm.fail(new TypeError('secret of the implementation') as never);
    const response = await surface.rest.get('/v1/swarm');
    const graph = await surface.graphql('{ swarm { id } }');
    surface.swarm.recover();
    expect(response.status).toBe(500);
    expect(response.body).toMatchObject({ code: 'INTERNAL', detail: containing('requestId') });
    expect(response.text).not.toContain('secret of');
    expect(graph.errors[0]?.extensions).toMatchObject({ code: 'INTERNAL', status: 500 });
    expect(graph.errors[0]?.extensions.requestId).toMatch(UUID);
    expect(JSON.stringify(graph)).not.toContain('secret of');
  });

  it.each(['/nothing', '/v1', '/v1/', '/v2/services', '/v1/services/a/b/c', '/graphql/x'])(
    'answers the unknown path %s',
    async (path) => {
      const response = await surface.rest.get(path).expect(404);
      expect(response.headers['content-type']).toContain('application/problem+json');
      expect(response.body).toMatchObject({
        code: 'NOT_FOUND',
        detail: 'There is no such path. GET /openapi.json lists those there are.',
      });
    },
  );

  it.each(['PUT', 'PATCH'] as const)('answers a method that a path has not: %s', async (method) => {
    const { status, type } = await raw('/v1/services', method);
    expect({ status, type }).toEqual({ status: 404, type: 'application/problem+json; charset=utf-8' });
  });

  it.each(['/v1/services/%E0%A4%A', '/v1/services/%', `/v1/services/${'x'.repeat(200)}`])(
    'answers the path %s, which is malformed or too long',
    async (path) => {
      const { status, type, body } = await raw(path);
      expect([400, 404, 414]).toContain(status);
      expect(type).toBe('application/problem+json; charset=utf-8');
      const problem = JSON.parse(body) as Problem;
      expect(problem).toMatchObject({
        status,
        detail: someText(),
        requestId: someText(),
      });
    },
  );
});

describe('the id of a request', () => {
  it('is the client’s, where it sends a sane one', async () => {
    for (const path of ['/v1/services', '/v1/services/nothing', '/livez', '/nothing']) {
      const response = await surface.rest.get(path).set('X-Request-Id', 'trace-42:a.b');
      expect(response.headers['x-request-id'], path).toBe('trace-42:a.b');
      const { requestId } = bodyOf<Partial<Problem>>(response);
      if (response.status >= 400) expect(requestId, path).toBe('trace-42:a.b');
    }
  });

  it.each(['has spaces', 'x'.repeat(129), '<script>', '{"json":1}'])(
    'is one of the server where the client’s is not: %s',
    async (sent) => {
      const response = await surface.rest.get('/v1/services/nothing').set('X-Request-Id', sent);
      expect(response.headers['x-request-id']).toMatch(UUID);
      expect(bodyOf<Problem>(response).requestId).toBe(response.headers['x-request-id']);
    },
  );

  it('is another one for every request', async () => {
    const responses = await Promise.all([surface.rest.get('/livez'), surface.rest.get('/livez')]);
    const [first, second] = responses.map((response) => response.headers['x-request-id']);
    expect(first).not.toBe(second);
  });

  it('comes with GraphQL errors too, whatever went wrong', async () => {
    for (const [query, code] of [
      ['{ service(id: "nothing") { id } }', 'NOT_FOUND'],
      ['{ nothing }', 'INVALID'],
      ['{ service(id: ', 'INVALID'],
      ['query ($n: Int!) { services(first: $n) { totalCount } }', 'INVALID'],
    ] as const) {
      const response = await surface.rest
        .post('/graphql')
        .set('X-Request-Id', 'trace-7')
        .send({ query, variables: {} });
      expect(response.headers['x-request-id'], query).toBe('trace-7');
      const { errors } = bodyOf<{ errors: { extensions: Record<string, unknown> }[] }>(response);
      expect(errors[0]?.extensions, query).toMatchObject({ code, requestId: 'trace-7' });
    }
  });
});

describe('a GraphQL error', () => {
  it('has the code, type and status of the problem document, and its detail as message', async () => {
    const rest = bodyOf<Problem>(await surface.rest.get('/v1/networks/nothing').expect(404));
    const { status, data, errors } = await surface.graphql('{ network(id: "nothing") { id } }');
    expect(status).toBe(200);
    expect(data ?? null).toBeNull();
    expect(errors).toEqual([
      {
        message: rest.detail,
        locations: [{ line: 1, column: 3 }],
        path: ['network'],
        extensions: {
          code: rest.code,
          type: rest.type,
          status: rest.status,
          requestId: matching(UUID),
        },
      },
    ]);
  });

  it('leaves the other fields of the answer alone where it may', async () => {
    const { data, errors } = await surface.graphql<{ me: unknown }>(
      '{ me { id } services { nodes { tasks(filter: { node: "nothing" }) { id } } } }',
    );
    expect(errors).toEqual([]);
    expect(data?.me).toEqual({ id: 'admin' });
  });
});
