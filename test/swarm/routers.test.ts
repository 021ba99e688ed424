import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Plan } from '../../src/api/plan.types.ts';
import type { Certificate } from '../../src/certificates/certificates.types.ts';
import type { WrittenService } from '../../src/services/written-service.types.ts';
import { keyPair, makeCertificate } from '../support/certificate-maker.ts';
import { engineApi } from '../support/engine-api.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { bodyOf } from '../support/surface.ts';

const engine = inject('engine');
const api = engineApi(engine.dockerHost);
const suffix = randomBytes(4).toString('hex');
const name = `test-router-${suffix}`;
let server: RealServer;

beforeAll(async () => {
  server = await startRealServer(realPorts(engine), { attachRouters: false });
});
afterAll(async () => {
  await server.rest.delete(`/v1/routers/services/${name}`);
  await server.rest.delete(`/v1/networks/${name}?detach=true`);
  await server.close();
});

/** The router service as Docker shows it. */
interface Inspected {
  readonly Version: { readonly Index: number };
  readonly Spec: {
    readonly Labels: Record<string, string>;
    readonly Mode: object;
    readonly EndpointSpec: { readonly Mode: string; readonly Ports: readonly object[] };
    readonly UpdateConfig: object;
    readonly TaskTemplate: {
      readonly Networks: readonly { readonly Target: string }[];
      readonly ContainerSpec: Record<string, unknown> & {
        readonly Env: readonly string[];
        readonly Mounts: readonly object[];
        readonly Secrets: readonly { readonly SecretName: string; readonly File: object }[];
      };
    };
  };
}
const inspect = async (): Promise<Inspected> => (await api.get(`/services/${name}`)) as Inspected;

// The image is none of Swarmplane: what matters here is what Docker is told.
const INPUT = {
  name,
  image: 'busybox:latest',
  server: 'http://tasks.server:7400',
  httpPort: 28_080,
  httpsPort: 28_443,
  constraints: ['node.labels.none==yes'],
};

describe('a router service', () => {
  it('is what Docker shows', async () => {
    const networkInput = { name, labels: { 'io.swarmplane.router': '', 'swarmplane.test': suffix } };
    const network = bodyOf<{ id: string }>(
      await server.rest.post('/v1/networks').send(networkInput).expect(201),
    );
    await server.rest
      .post('/v1/routers')
      .send({ ...INPUT, networks: [name], trustedProxies: ['10.0.0.0/8'] })
      .expect(200);
    const { Spec } = await inspect();
    const { ContainerSpec, Networks } = Spec.TaskTemplate;
    expect(Spec.Labels).toEqual({
      'io.swarmplane.router': '',
      'io.swarmplane.router.trusted-proxies': '10.0.0.0/8',
      'io.swarmplane.router.accept-proxy-protocol': 'false',
    });
    expect(Networks.map(({ Target }) => Target)).toContain(network.id);
    expect(Spec.Mode).toHaveProperty('Global');
    expect(Spec.UpdateConfig).toMatchObject({
      Parallelism: 1,
      Order: 'stop-first',
      FailureAction: 'rollback',
    });
    expect(Spec.EndpointSpec).toMatchObject({
      Mode: 'dnsrr',
      Ports: [
        { TargetPort: 8080, PublishedPort: 28_080, PublishMode: 'host' },
        { TargetPort: 8443, PublishedPort: 28_443, PublishMode: 'host' },
      ],
    });
    expect(ContainerSpec).toMatchObject({
      Args: ['router'],
      User: '10001:10001',
      ReadOnly: true,
      Init: true,
      CapabilityDrop: ['ALL'],
      StopGracePeriod: 30_000_000_000,
      Healthcheck: { Test: ['CMD', 'swarmplane', 'health'], Retries: 6 },
    });
    expect(ContainerSpec.Mounts).toMatchObject([
      { Type: 'tmpfs', Target: '/run/swarmplane-router', TmpfsOptions: { Mode: 0o1777 } },
      { Type: 'volume', Source: `${name}-state`, Target: '/var/lib/swarmplane-router' },
    ]);
    expect(ContainerSpec.Secrets.map(({ File }) => File)).toEqual([
      expect.objectContaining({ Name: 'swarmplane-token', UID: '10001', Mode: 0o400 }),
      expect.objectContaining({ Name: 'swarmplane-certificate-key', UID: '10001', Mode: 0o400 }),
    ]);
    expect(ContainerSpec.Env).toContain('SWARMPLANE_ROUTER_ID={{.Task.ID}}');
  });

  it('is left alone by the same again, and changed only where something is said otherwise', async () => {
    const { Version } = await inspect();
    const again = { ...INPUT, networks: [name], trustedProxies: ['10.0.0.0/8'] };
    const plan = await server.rest.post('/v1/routers?dryRun=true').send(again).expect(200);
    expect(plan.body).toMatchObject({ action: 'none', changes: [] });
    await server.rest.post('/v1/routers').send(again).expect(200);
    expect((await inspect()).Version).toEqual(Version);
    const changed = await server.rest.post('/v1/routers?dryRun=true').send({ ...again, httpPort: 28_081 });
    expect(bodyOf<Plan>(changed).changes.map(({ pointer }) => pointer)).toEqual(['/ports']);
    const written = await server.rest
      .post('/v1/routers')
      .send({ ...again, httpPort: 28_081 })
      .expect(200);
    expect(bodyOf<WrittenService>(written).secrets).toHaveLength(2);
  });

  it('goes with its secrets and its token', async () => {
    await server.rest.delete(`/v1/routers/services/${name}`).expect(204);
    const secrets = (await api.get('/secrets')) as { Spec: { Name: string } }[];
    expect(secrets.map(({ Spec }) => Spec.Name).filter((each) => each.startsWith(name))).toEqual([]);
    const tokens = bodyOf<{ items: { name: string }[] }>(await server.rest.get('/v1/tokens')).items;
    expect(tokens.filter((token) => token.name.includes(name))).toEqual([]);
  });
});

describe('a certificate in the swarm', () => {
  it('has room for a chain of seven with the longest keys in use', async () => {
    const keys = keyPair(4096);
    let made = makeCertificate({ commonName: 'root', keys });
    let chain = made.certificate;
    for (let link = 1; link < 7; link++) {
      made = makeCertificate({ commonName: `authority ${link}`, issuer: made, keys });
      chain = made.certificate + chain;
    }
    const names = Array.from(
      { length: 100 },
      (_, index) => `a-rather-long-name-of-a-host-${index}.example.com`,
    );
    const leaf = makeCertificate({ commonName: 'leaf', names, issuer: made, keys });
    const input = { name: `test-${suffix}`, chain: leaf.certificate + chain, key: leaf.key };
    const response = await server.rest.post('/v1/certificates').send(input).expect(201);
    expect(bodyOf<Certificate>(response)).toMatchObject({ keyType: 'rsa-4096', state: 'ok' });
    expect(bodyOf<Certificate>(response).names).toHaveLength(100);
    await server.rest.delete(`/v1/certificates/test-${suffix}`).expect(204);
  });

  it('has room for the largest that is taken', async () => {
    const { gateway } = realPorts(engine);
    // 64 KiB of a chain, 16 KiB of a key in base64, and what is around them.
    const labels = { 'swarmplane.document': JSON.stringify({ text: 'x'.repeat(96 * 1024) }) };
    const configName = `swarmplane.test.${suffix}`;
    const id = await gateway.createConfig(configName, labels);
    const shown = await server.state.until(() => server.state.configs.get(id), 5_000);
    expect(shown?.labels).toEqual(labels);
    const more = { ...labels, more: '1' };
    await gateway.updateConfig(id, shown?.version ?? 0, more);
    const updated = await server.state.until(
      () => (server.state.configs.get(id)?.labels['more'] === '1' ? true : undefined),
      5_000,
    );
    expect(updated).toBe(true);
    await gateway.removeConfig(id);
  });
});
