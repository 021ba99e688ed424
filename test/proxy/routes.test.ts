import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RouterConfig, RoutedServer } from '../../src/domain/router-config.ts';
import { HEALTH_CHECK_DEFAULTS, type HeaderChanges, type RouteSpec } from '../../src/domain/route.ts';
import { converse } from '../../src/proxy/cli-connection.ts';
import { serverName } from '../../src/proxy/names.ts';
import { pathsIn } from '../../src/proxy/settings.ts';
import { routedRoute, routedServer, routerConfig } from '../factories/router-config.ts';
import { eventually } from '../support/eventually.ts';
import { askProxy, type ProxyAnswer, type ProxyQuestion } from '../support/ask-proxy.ts';
import { freePort, RunningProxy, startTask } from '../support/proxy.ts';

type Task = Awaited<ReturnType<typeof startTask>>;
let tasks: readonly [Task, Task];
let proxy: RunningProxy;

beforeAll(async () => {
  tasks = [await startTask(), await startTask()];
  proxy = await RunningProxy.start(routerConfig({ routes: [] }), { publicHttpsPort: 8443 });
});
afterAll(async () => {
  await proxy.stop();
  await Promise.all(tasks.map((task) => task.stop()));
});

const ask = (question?: ProxyQuestion): Promise<ProxyAnswer> => askProxy(proxy.settings.httpPort, question);
const serverOf = (index: 0 | 1, overrides: Partial<RoutedServer> = {}): RoutedServer =>
  routedServer({ id: `task${index}`, port: tasks[index].port, ...overrides });
const bothServers = (): RoutedServer[] => [serverOf(0), serverOf(1)];

/** Serves one route, to the first task unless told otherwise. */
async function serve(
  spec: Partial<RouteSpec>,
  servers: readonly RoutedServer[] = [serverOf(0)],
  rest: Partial<RouterConfig> = {},
): Promise<void> {
  await proxy.load(routerConfig({ ...rest, routes: [routedRoute(spec, servers)] }));
}

/** What a task was asked. */
const told = ({ body }: ProxyAnswer): { url: string; headers: Record<string, string>; task: number } =>
  JSON.parse(body) as never;

const changes = (some: Partial<HeaderChanges>): HeaderChanges => ({ set: {}, add: {}, remove: [], ...some });

describe('a route', () => {
  it('that is not there is answered 503, and says so', async () => {
    await serve({});
    expect(await ask({ host: 'unknown.test' })).toMatchObject({
      status: 503,
      body: expect.stringContaining('No route') as string,
    });
  });

  it('without tasks is answered 503, and says what it waits for', async () => {
    await serve({}, []);
    expect(await ask()).toMatchObject({
      status: 503,
      body: expect.stringContaining('waits for tasks') as string,
    });
  });

  it('strips a prefix and adds another', async () => {
    const paths = [{ kind: 'prefix' as const, value: '/app' }];
    await serve({ paths, rewrite: { stripPrefix: '/app', addPrefix: null } });
    expect(told(await ask({ path: '/app' })).url).toBe('/');
    expect(told(await ask({ path: '/app/x/y?z=%20' })).url).toBe('/x/y?z=%20');
    await serve({ paths, rewrite: { stripPrefix: '/app', addPrefix: '/new%20(1)' } });
    expect(told(await ask({ path: '/app/x' })).url).toBe('/new%20(1)/x');
    expect(told(await ask({ path: '/app' })).url).toBe('/new%20(1)/');
    await serve({ paths, rewrite: { stripPrefix: null, addPrefix: '/new' } });
    expect(told(await ask({ path: '/app/x' })).url).toBe('/new/app/x');
  });

  it('sets, adds and removes headers, both ways', async () => {
    await serve({
      requestHeaders: changes({
        set: { 'X-Set': 'a; b="'.slice(0, 4) },
        add: { 'X-Add': '2' },
        remove: ['X-Gone'],
      }),
      responseHeaders: changes({
        set: { 'Content-Type': 'text/x' },
        add: { Vary: 'Accept, Cookie' },
        remove: ['Date'],
      }),
    });
    const answer = await ask({ headers: { 'X-Set': 'old', 'X-Add': '1', 'X-Gone': 'x' } });
    expect(told(answer).headers).toMatchObject({ 'x-set': 'a; b', 'x-add': '1, 2' });
    expect(told(answer).headers).not.toHaveProperty('x-gone');
    expect(answer.headers).toMatchObject({ 'content-type': 'text/x', vary: 'Accept, Cookie' });
    expect(answer.headers).not.toHaveProperty('date');
  });

  it.each([
    [{ status: 301, scheme: null, host: 'to.test', port: null, path: null }, 301, '//to.test:81/x?y'],
    [
      { status: 302, scheme: 'https', host: null, port: null, path: null },
      302,
      'https://foo.example.com:8443/x?y',
    ],
    [
      { status: 307, scheme: 'http', host: 'to.test', port: 8080, path: '/a%20b' },
      307,
      'http://to.test:8080/a%20b',
    ],
    [{ status: 308, scheme: null, host: null, port: null, path: '/new' }, 308, '/new'],
    [{ status: 302, scheme: null, host: null, port: 99, path: null }, 302, '//foo.example.com:99/x?y'],
  ] as const)('redirects as %j says', async (redirect, status, location) => {
    await serve({ backends: [], redirect }, []);
    const answer = await ask({ host: 'foo.example.com:81', path: '/x?y' });
    expect({ status: answer.status, location: answer.headers.location }).toEqual({ status, location });
  });

  it('for HTTPS only redirects what is plain, except from who says that it was not', async () => {
    const settings = { trustedProxies: ['127.0.0.0/8'], acceptProxyProtocol: false };
    await serve({ httpsOnly: true }, [serverOf(0)], { settings });
    const headers = { 'X-Forwarded-Proto': 'https' };
    expect(await ask({ path: '/x' })).toMatchObject({
      status: 308,
      headers: { location: 'https://foo.example.com:8443/x' },
    });
    expect((await ask({ headers })).status).toBe(200);
    await serve({ httpsOnly: true });
    expect((await ask({ headers })).status).toBe(308);
  });

  it('tells tasks of the client what it knows, and nothing that clients say', async () => {
    const lies = {
      'X-Forwarded-For': ['6.6.6.6', '7.7.7.7'],
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'bank.test',
      'X-Forwarded-Port': '1',
      Forwarded: 'for=6.6.6.6',
    };
    await serve({});
    const { headers } = told(await ask({ host: 'foo.example.com:81', headers: lies }));
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'foo.example.com:81',
      'x-forwarded-port': '81',
    });
    expect(headers).not.toHaveProperty('forwarded');
    expect(told(await ask()).headers['x-forwarded-port']).toBe('80');
    await serve({ forwardedHeaders: false });
    expect(
      Object.keys(told(await ask({ headers: lies })).headers).filter((name) => /forwarded/.test(name)),
    ).toEqual([]);
  });

  it('believes proxies that are trusted, also of whose request it is', async () => {
    const settings = { trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'], acceptProxyProtocol: false };
    await serve({ allow: ['6.6.6.6/32'] }, [serverOf(0)], { settings });
    const through = (...hops: readonly string[]): ProxyQuestion => ({
      headers: { 'X-Forwarded-For': hops, 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '443' },
    });
    const { headers } = told(await ask(through('6.6.6.6')));
    expect(headers).toMatchObject({
      'x-forwarded-for': '6.6.6.6, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
    });
    expect((await ask(through('6.6.6.6', '10.1.1.1'))).status).toBe(200);
    // Who is behind a stranger is only what the stranger says.
    expect((await ask(through('6.6.6.6', '7.7.7.7'))).status).toBe(403);
    expect((await ask()).status).toBe(403);
  });

  it('lets in only who it allows', async () => {
    await serve({ allow: ['10.0.0.0/8', '2001:db8::/32'] });
    expect((await ask()).status).toBe(403);
    const many = Array.from({ length: 100 }, (_, index) => `10.${index}.0.0/16`);
    await serve({ allow: [...many, '127.0.0.0/8'] });
    expect((await ask()).status).toBe(200);
  });

  it('asks for a name and password', async () => {
    // Of "secret", by "openssl passwd -6 -salt saltsalt".
    const hash =
      '$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1';
    await serve({ basicAuth: { realm: 'Team blue', users: { 'ann@x': hash } } });
    const authorization = (pair: string) => ({
      headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
    });
    const refused = await ask();
    expect(refused).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="Team blue"' },
    });
    expect((await ask(authorization('ann@x:wrong'))).status).toBe(401);
    expect((await ask(authorization('ann@x:secret'))).status).toBe(200);
  });

  it('answers 429 to who asks too often', async () => {
    await serve({ limits: { connectionsPerTask: null, requestsPerSecond: 5 } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(refused[0]?.headers['retry-after']).toBe('1');
    expect(answers.some(({ status }) => status === 200)).toBe(true);
  });

  it('asks another task when one can not be reached', async () => {
    await serve({ retries: 3 }, [serverOf(0), serverOf(1, { port: await freePort() })]);
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask()));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
  });

  it('gives a task as many connections as it takes', async () => {
    let now = 0;
    let most = 0;
    const slow = await startTask((_, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now -= 1;
        response.end();
      }, 20);
    });
    const limits = { connectionsPerTask: 2, requestsPerSecond: null };
    await serve({ limits }, [routedServer({ port: slow.port })]);
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask()));
    await slow.stop();
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(most).toBe(2);
  });

  it('gives servers their weights', async () => {
    await serve({}, [serverOf(0, { weight: 3 }), serverOf(1, { weight: 1 })]);
    const counts = new Map<number, number>();
    for (let turn = 0; turn < 40; turn++) {
      const { task } = told(await ask());
      counts.set(task, (counts.get(task) ?? 0) + 1);
    }
    expect([counts.get(tasks[0].port), counts.get(tasks[1].port)]).toEqual([30, 10]);
  });

  it('leaves out tasks that are not well', async () => {
    const ill = await startTask((_, response) => response.writeHead(500).end());
    const healthCheck = { ...HEALTH_CHECK_DEFAULTS, path: '/health', intervalMs: 100, rise: 1, fall: 1 };
    await serve({ healthCheck }, [serverOf(0), routedServer({ id: 'ill', port: ill.port })]);
    let states = await proxy.runtime.serverStates();
    for (let turn = 0; turn < 100 && states.every(({ isUp }) => isUp); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      states = await proxy.runtime.serverStates();
    }
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask()));
    await ill.stop();
    expect(states.filter(({ isUp }) => !isUp).map(({ server }) => server)).toEqual([`t_ill_${ill.port}`]);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });
});

describe('a sticky route', () => {
  const cookieOf = ({ headers }: ProxyAnswer): string | undefined => headers['set-cookie']?.[0];

  it('keeps a client with its task by a cookie of ours', async () => {
    await serve({ sticky: { name: 'srv', setBy: 'router' } }, bothServers());
    const first = await ask();
    const name = serverName(serverOf(told(first).task === tasks[0].port ? 0 : 1));
    expect(cookieOf(first)).toBe(`srv=${name}; Path=/; HttpOnly; SameSite=Lax`);
    for (let turn = 0; turn < 6; turn++) {
      const again = await ask({ headers: { cookie: `a=b; srv=${name}` } });
      expect(told(again).task).toBe(told(first).task);
      expect(cookieOf(again)).toBeUndefined();
    }
    const [gone, left] = told(first).task === tasks[0].port ? ([0, 1] as const) : ([1, 0] as const);
    const route = routedRoute({ sticky: { name: 'srv', setBy: 'router' } }, [
      serverOf(gone, { state: 'drain' }),
      serverOf(left),
    ]);
    const { reloadReasons } = await proxy.change(routerConfig({ routes: [route] }));
    expect(reloadReasons).toEqual([]);
    const moved = await ask({ headers: { cookie: `srv=${name}` } });
    expect(told(moved).task).toBe(tasks[left].port);
    expect(cookieOf(moved)).toContain(`srv=${serverName(serverOf(left))};`);
    // A server that came while HAProxy runs is as good as those of the file.
    const added = serverOf(gone, { id: 'another' });
    await proxy.change(routerConfig({ routes: [{ ...route, servers: [added, serverOf(left)] }] }));
    const toAdded = await ask({ headers: { cookie: `srv=${serverName(added)}` } });
    expect(told(toAdded).task).toBe(tasks[gone].port);
  });

  it.each([
    ['a path', '../../x'],
    ['a format', '\'"%[src]'],
    ['a long text', 'x'.repeat(3000)],
  ])('takes %s in its cookie for none', async (_, value) => {
    await serve({ sticky: { name: 'srv', setBy: 'router' } }, bothServers());
    const answer = await ask({ headers: { cookie: `srv=${value}` } });
    expect(answer.status).toBe(200);
    expect(cookieOf(answer)).toMatch(/^srv=t_task[01]_\d+;/);
  });

  it('keeps a client with its task by a cookie of the application, also one that tasks are not shown', async () => {
    const answering = (cookie: string): Promise<Task> =>
      startTask((request, response) => {
        if (request.url === '/login') response.setHeader('set-cookie', `SID=${cookie}`);
        response.end(cookie);
      });
    const pair = [await answering('x'.repeat(200) + '1'), await answering('x'.repeat(200) + '2')];
    const servers = pair.map(({ port }, index) => routedServer({ id: `app${index}`, port }));
    const requestHeaders = { set: {}, add: {}, remove: ['Cookie'] };
    await serve({ sticky: { name: 'SID', setBy: 'application' }, requestHeaders }, servers);
    const sessions = [await ask({ path: '/login' }), await ask({ path: '/login' })].map(({ body }) => body);
    expect(new Set(sessions).size).toBe(2);
    // The other way round than servers are chosen anyhow.
    for (const session of sessions.toReversed().flatMap((each) => [each, each, each])) {
      expect((await ask({ headers: { cookie: `SID=${session}` } })).body).toBe(session);
    }
    // Its first process learns for some seconds whether there is another to learn from, and hands on nothing before.
    await eventually(
      'the end of learning',
      async () => ((await peersFlags()) & LEARNT) === LEARNT || undefined,
    );
    await proxy.reload();
    await eventually('the table', async () => (await entriesOfTables()) === 2 || undefined);
    for (const session of sessions.toReversed().flatMap((each) => [each, each, each])) {
      expect((await ask({ headers: { cookie: `SID=${session}` } })).body).toBe(session);
    }
    await Promise.all(pair.map((task) => task.stop()));
  });

  /** Of `show peers`: the bits that say that a process knows what there is to know. */
  const LEARNT = 0x3;
  const runtime = (command: string): Promise<string> =>
    converse(pathsIn(proxy.settings).socket, `${command}\n`, 5000);
  const peersFlags = async (): Promise<number> =>
    Number(/id=mates disabled=0 flags=(0x[0-9a-f]+)/.exec(await runtime('show peers'))?.[1]);
  const entriesOfTables = async (): Promise<number> =>
    [...(await runtime('show table')).matchAll(/used:(\d+)/g)].reduce(
      (sum, [, used]) => sum + Number(used),
      0,
    );
});
