import { createServer, type Server } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SealedCertificate } from '../../src/domain/router-config.ts';
import { routeId, routedRoute, routedServer, routerConfig } from '../factories/router-config.ts';
import { makeCertificate } from '../support/certificate-maker.ts';
import { portOf, RunningProxy, startTask } from '../support/proxy.ts';

let proxy: RunningProxy;
let task: Awaited<ReturnType<typeof startTask>>;
let behind: Server;
beforeAll(async () => {
  task = await startTask();
  const { certificate, key } = makeCertificate({ commonName: 'the task itself' });
  behind = createServer({ cert: certificate, key }, (_, response) => response.end('passed through')).listen(
    0,
    '127.0.0.1',
  );
  proxy = await RunningProxy.start(routerConfig({ routes: [] }));
});
afterAll(async () => {
  await proxy.stop();
  await task.stop();
  behind.close();
});

/** A certificate whose key the tests can read; its id goes by `id`, so that another can take its place. */
function certificate(id: string, commonName: string, ...names: readonly string[]): SealedCertificate {
  const made = makeCertificate({ commonName, names });
  return {
    id: routeId(id),
    names,
    chain: made.certificate,
    sealedKey: made.key,
    expiresAt: '2027-01-01T00:00:00Z',
  };
}

interface Spoken {
  readonly commonName: string;
  readonly protocol: string | false | null;
  readonly body: string;
}

/** Shakes hands for a name and asks for the page of a host. */
function speak(
  servername: string,
  options: { readonly ALPNProtocols?: string[]; readonly maxVersion?: 'TLSv1.1' } = {},
): Promise<Spoken> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      {
        host: '127.0.0.1',
        port: proxy.settings.httpsPort ?? 0,
        servername,
        rejectUnauthorized: false,
        minVersion: 'TLSv1',
        ...options,
      },
      () => socket.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\nConnection: close\r\n\r\n`),
    );
    let body = '';
    let commonName = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error('Nothing came within ten seconds.')));
    socket.on('secureConnect', () => (commonName = String(socket.getPeerCertificate().subject.CN)));
    socket.on('data', (piece: Buffer) => (body += piece.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve({ commonName, protocol: socket.alpnProtocol, body }));
  });
}

const web = () =>
  routedRoute({ hosts: ['a.test', 'b.test', '*.w.test'] }, [routedServer({ port: task.port })]);

describe('certificates', () => {
  it('are added, replaced, renamed and removed without a reload, and picked by name', async () => {
    await proxy.load(routerConfig({ routes: [web()] }));
    await expect(speak('a.test')).rejects.toThrow();
    const steps: [readonly SealedCertificate[], Record<string, string | undefined>][] = [
      [[certificate('1', 'first', 'a.test')], { 'a.test': 'first', 'b.test': undefined }],
      [[certificate('1', 'second', 'a.test')], { 'a.test': 'second' }],
      [
        [certificate('1', 'third', 'b.test'), certificate('2', 'wild', '*.w.test')],
        { 'a.test': undefined, 'b.test': 'third', 'x.w.test': 'wild' },
      ],
      [[certificate('2', 'wild', '*.w.test')], { 'b.test': undefined }],
    ];
    for (const [certificates, expected] of steps) {
      const { reloadReasons } = await proxy.change(routerConfig({ routes: [web()], certificates }));
      expect(reloadReasons).toEqual([]);
      const expectAll = async (): Promise<void> => {
        for (const [name, commonName] of Object.entries(expected)) {
          const spoken = await speak(name).catch(() => undefined);
          expect([name, spoken?.commonName]).toEqual([name, commonName]);
          if (spoken) expect(spoken.body).toContain('"x-forwarded-proto":"https"');
        }
      };
      await expectAll();
      await proxy.reload();
      await expectAll();
    }
  });

  it('speak HTTP/2 to who asks for it, and nothing older than TLS 1.2', async () => {
    await proxy.load(routerConfig({ routes: [web()], certificates: [certificate('1', 'first', 'a.test')] }));
    expect((await speak('a.test', { ALPNProtocols: ['http/1.1'] })).protocol).toBe('http/1.1');
    expect((await speak('a.test', { ALPNProtocols: ['h2'] })).protocol).toBe('h2');
    await expect(speak('a.test', { maxVersion: 'TLSv1.1' })).rejects.toThrow();
  });
});

describe('TLS that is passed through', () => {
  it('goes to tasks by its name, and to the router where it has the certificate', async () => {
    const passed = routedRoute(
      { name: 'passed', protocol: 'tls-passthrough', hosts: ['p.test', '*.p.test', '*.w.test'] },
      [routedServer({ id: 'behind', port: await portOf(behind) })],
    );
    const certificates = [certificate('1', 'first', 'a.test'), certificate('2', 'own', 'own.w.test')];
    await proxy.load(routerConfig({ routes: [web(), passed], certificates }));
    for (const name of ['p.test', 'x.p.test', 'x.y.p.test', 'P.test', 'other.w.test']) {
      const { commonName, body } = await speak(name);
      expect([name, commonName]).toEqual([name, 'the task itself']);
      expect(body).toContain('passed through');
    }
    const own = await speak('a.test');
    expect(own.commonName).toBe('first');
    // The client's address comes through, although the router hands on to itself.
    expect(own.body).toContain('"x-forwarded-for":"127.0.0.1"');
    expect((await speak('own.w.test')).commonName).toBe('own');
    await expect(speak('nobody.test')).rejects.toThrow();
    const renamed = { ...passed, spec: { ...passed.spec, hosts: ['q.test', '*.p.test', '*.w.test'] } };
    expect(
      (await proxy.change(routerConfig({ routes: [web(), renamed], certificates }))).reloadReasons,
    ).toEqual([]);
    expect((await speak('q.test')).commonName).toBe('the task itself');
    await expect(speak('p.test')).rejects.toThrow();
  });
});
