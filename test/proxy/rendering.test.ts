import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../scripts/command.ts';
import type { RoutedServer, SealedCertificate } from '../../src/domain/router-config.ts';
import type { RouteSpec } from '../../src/domain/route.ts';
import { compile } from '../../src/proxy/compile.ts';
import { render } from '../../src/proxy/render.ts';
import { PROXY_SETTINGS } from '../../src/proxy/settings.ts';
import { routeId, routedRoute, routedServer, routerConfig } from '../factories/router-config.ts';
import { anyRoute } from '../factories/route.ts';
import { makeCertificate } from '../support/certificate-maker.ts';
import { haproxyCommand, writeRendering } from '../support/proxy.ts';

/** What is in `test/fixtures/haproxy`: routes beside their defaults, and what becomes of them. */
interface Fixture {
  readonly routes: readonly {
    readonly spec: Partial<RouteSpec>;
    readonly servers?: readonly Partial<RoutedServer>[];
  }[];
  readonly settings?: { readonly trustedProxies: readonly string[]; readonly acceptProxyProtocol: boolean };
  readonly accessLog?: boolean;
  /** Names in the TLS hello. */
  readonly certificates?: readonly (readonly string[])[];
}

const FOLDER = 'test/fixtures/haproxy';
const made = makeCertificate({ commonName: 'fixture' });
const certificate = (names: readonly string[]): SealedCertificate => ({
  id: routeId(names.join()),
  names,
  chain: made.certificate,
  sealedKey: made.key,
  expiresAt: '2027-01-01T00:00:00Z',
});

function modelOf(fixture: Fixture, runDirectory: string) {
  const { settings, routes, accessLog = false, certificates = [] } = fixture;
  const config = routerConfig({
    ...(settings && { settings }),
    routes: routes.map(({ spec, servers = [] }) => routedRoute(spec, servers.map(routedServer))),
    certificates: certificates.map(certificate),
  });
  return compile(config, { ...PROXY_SETTINGS, accessLog, runDirectory });
}

const directory = mkdtempSync(join(tmpdir(), 'swarmplane-rendering-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('what HAProxy is started with', () => {
  it.each(['nothing', 'hosts-and-paths', 'conditions', 'everything', 'tls', 'tcp', 'trusted-and-logged'])(
    'is that of the fixture %s, and HAProxy takes it',
    async (name) => {
      const fixture = JSON.parse(readFileSync(join(FOLDER, name, 'routes.json'), 'utf8')) as Fixture;
      const { files, certificates } = render(modelOf(fixture, '/run/swarmplane-router'));
      for (const [path, text] of files) {
        await expect(text).toMatchFileSnapshot(join('..', 'fixtures', 'haproxy', name, basename(path)));
      }
      expect([...files.values()].join('')).not.toContain('PRIVATE KEY');
      expect(certificates.size).toBe(fixture.certificates?.length ?? 0);
      const runDirectory = join(directory, name);
      writeRendering(modelOf(fixture, runDirectory));
      await expectTaken(runDirectory);
    },
  );

  it('is taken by HAProxy, whatever routes there are', async () => {
    const runDirectory = join(directory, 'any');
    await fc.assert(
      fc.asyncProperty(fc.array(anyRoute, { minLength: 20, maxLength: 40 }), async (specs) => {
        const routes = specs.map((spec, index) => ({
          spec: { ...spec, name: `route-${index}` },
          servers: [{}],
        }));
        writeRendering(modelOf({ routes }, runDirectory));
        await expectTaken(runDirectory);
      }),
      { numRuns: 8 },
    );
  });
});

async function expectTaken(runDirectory: string): Promise<void> {
  const [program = '', ...before] = await haproxyCommand();
  const config = join(runDirectory, 'haproxy.cfg');
  const { exitCode, stderr } = await runCommand(program, [...before, '-c', '-f', config]);
  expect({ exitCode, complaints: complaintsIn(stderr) }).toEqual({ exitCode: 0, complaints: [] });
}

/** What HAProxy has against its configuration; certificates may come later. */
const complaintsIn = (text: string): string[] =>
  text
    .split('\n')
    .filter((each) => /^\[(?:WARNING|ALERT)\]/.test(each) && !each.includes('no SSL certificate specified'));
