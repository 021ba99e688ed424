import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ROUTER_LABEL } from '../../../src/domain/route-network.ts';
import { makeCertificate } from '../../support/certificate-maker.ts';
import { eventually } from '../../support/eventually.ts';
import { OPENS_WITHIN_MS, RouterBed } from '../../support/routing/router-bed.ts';

const SHOP = 'shop.example.com';
const BLOG = 'blog.example.com';
const VAULT = 'vault.example.com';

let bed: RouterBed;
beforeAll(async () => {
  bed = await RouterBed.open(inject('engine'), { networks: { edge: { [ROUTER_LABEL]: '' } } });
  await bed.echoes.start('web', {
    networks: ['edge'],
    listen: [8080, 8443],
    labels: {
      'swarmplane.http.web.host': `${SHOP},${BLOG}`,
      'swarmplane.http.web.port': '8080',
      'swarmplane.tls.vault.host': VAULT,
      'swarmplane.tls.vault.port': '8443',
    },
  });
  await bed.untilApplied('web');
  await bed.untilApplied('vault');
}, OPENS_WITHIN_MS);
afterAll(async () => {
  for (const name of ['shop', 'blog']) await bed?.server.rest.delete(`/v1/certificates/${name}`);
  await bed?.close();
}, OPENS_WITHIN_MS);

const madeFor = (...names: string[]): { chain: string; key: string } => {
  const { certificate: chain, key } = makeCertificate({ commonName: 'a test', names });
  return { chain, key };
};

/** Waits until the certificate for a name is for these names. */
const isServed = (name: string, names: string): Promise<true> =>
  eventually(`the certificate of ${name} is for ${names}`, async () => {
    const served = await bed.door.certificateFor(name).catch(() => '');
    return served === names || undefined;
  });

it('certificates come and are replaced without another process, and are chosen by name', async () => {
  const before = await bed.haproxyPids();
  await expect(bed.door.certificateFor(SHOP)).rejects.toThrow();
  await bed.server.rest
    .post('/v1/certificates')
    .send({ name: 'shop', ...madeFor(SHOP) })
    .expect(201);
  await isServed(SHOP, `DNS:${SHOP}`);
  await bed.server.rest
    .post('/v1/certificates')
    .send({ name: 'blog', ...madeFor(BLOG) })
    .expect(201);
  await isServed(BLOG, `DNS:${BLOG}`);
  await bed.server.rest.put('/v1/certificates/shop').send(madeFor(SHOP, 'www.example.com')).expect(200);
  await isServed(SHOP, `DNS:${SHOP}, DNS:www.example.com`);
  expect(await bed.haproxyPids()).toEqual(before);
  // Nobody is shown the certificate of another.
  await expect(bed.door.certificateFor('unknown.example.com')).rejects.toThrow();
});

it('requests come by HTTP/1.1 and HTTP/2', async () => {
  const { status, echo } = await bed.door.ask({ host: SHOP, secure: true });
  expect({ status, tls: echo?.tls }).toEqual({ status: 200, tls: null });
  expect(echo?.headers).toContain('x-forwarded-proto: https');
  expect(await bed.door.askH2(BLOG)).toMatchObject({ status: 200, echo: { service: 'web' } });
});

it('versions before TLS 1.2 are refused', async () => {
  const version = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const socket = bed.door.hello(SHOP, version);
  const outcome = await new Promise((resolve) => {
    socket.once('secureConnect', () => resolve('a connection'));
    socket.once('error', () => resolve('a refusal'));
    socket.once('close', () => resolve('a refusal'));
  });
  socket.destroy();
  expect(outcome).toBe('a refusal');
});

it('what is passed through is ended by the task, beside it', async () => {
  const { status, echo } = await bed.door.ask({ host: VAULT, secure: true });
  expect({ status, tls: echo?.tls?.name, port: echo?.port }).toEqual({ status: 200, tls: VAULT, port: 8443 });
});
