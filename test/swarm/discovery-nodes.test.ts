import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureLocalImages } from '../../scripts/engine/local-images.ts';
import { startPrivateEngine, type PrivateEngine } from '../../scripts/engine/private-engine.ts';
import type { Page } from '../../src/api/page.ts';
import type { Explanation } from '../../src/discovery/explain.types.ts';
import type { Resolution } from '../../src/discovery/names.types.ts';
import { engineApi } from '../support/engine-api.ts';
import { askDns } from '../support/inside.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { Setups, STAYS } from '../support/setups.ts';

// Two nodes, because engines tell each other of the names of their containers.
const AGREE_WITHIN_MS = 30_000;
let manager: PrivateEngine;
let worker: PrivateEngine;
let server: RealServer;
let setups: Setups;

beforeAll(async () => {
  manager = await startPrivateEngine({ hostname: 'alpha', allowShared: false });
  worker = await startPrivateEngine({ hostname: 'beta', joinAsWorkerOf: manager, allowShared: false });
  for (const { client } of [manager, worker]) await ensureLocalImages(client, { pull: false });
  server = await startRealServer(realPorts(manager));
  setups = new Setups(server, manager);
}, 120_000);

afterAll(async () => {
  await server?.close();
  await worker?.stop();
  await manager?.stop();
});

it('names answer the same on every node', async () => {
  const network = await setups.network('both');
  const on = { networks: [{ network, aliases: [setups.named('any')] }] };
  await setups.service('everywhere', {
    ...on,
    mode: 'global',
    hostname: '{{.Service.Name}}-{{.Node.Hostname}}',
  });
  await setups.service('spread', { ...on, replicas: 4, endpointMode: 'dnsrr' });
  for (const hostname of ['alpha', 'beta']) {
    await setups.service(`on-${hostname}`, {
      ...on,
      placement: { constraints: [`node.hostname==${hostname}`] },
    });
    await setups.settled(`on-${hostname}`, 'running', 1);
  }
  await setups.settled('everywhere', 'running', 2);
  await setups.settled('spread', 'running', 4);
  const byHand = (await engineApi(worker.dockerHost).send('POST', '/containers/create', {
    Image: 'busybox',
    Cmd: STAYS,
    HostConfig: { NetworkMode: network },
  })) as { Id: string };
  await engineApi(worker.dockerHost).send('POST', `/containers/${byHand.Id}/start`);

  for (const engine of [manager, worker]) {
    const hostname = engine === manager ? 'alpha' : 'beta';
    const asker = setups.tasks(`on-${hostname}`)[0]?.containerId ?? '';
    for (const deadline = Date.now() + AGREE_WITHIN_MS; ;) {
      const answer = await server.rest.get('/v1/discovery/names').query({ network, limit: 1000 }).expect(200);
      const { items } = answer.body as Page<Resolution>;
      const told = Object.fromEntries(
        items.map(({ name, records }) => [name, records.map(({ address }) => address).sort()]),
      );
      const heard = Object.fromEntries(await askDns(engine.dockerHost, asker, Object.keys(told)));
      // Eight tasks with two names each and two hostnames, a container, and the names of four services and an alias.
      if (JSON.stringify(told) === JSON.stringify(heard) && items.length === 29) break;
      if (Date.now() > deadline) {
        expect({ hostname, count: items.length, told }).toEqual({ hostname, count: 29, told: heard });
      }
      await pass(200);
    }
  }
}, 120_000);

it('between nodes, what is encrypted is not known to arrive', async () => {
  const network = await setups.network('secret', { encrypted: true });
  for (const hostname of ['alpha', 'beta']) {
    await setups.service(`secret-${hostname}`, {
      networks: [{ network }],
      endpointMode: 'dnsrr',
      placement: { constraints: [`node.hostname==${hostname}`] },
    });
    await setups.settled(`secret-${hostname}`, 'running', 1);
  }
  const question = { from: setups.named('secret-alpha'), to: setups.named('secret-beta') };
  const answer = await server.rest.get('/v1/discovery/explain').query(question).expect(200);
  const { verdict, steps } = answer.body as Explanation;
  expect(verdict).toBe('unknown');
  expect(steps.filter(({ status }) => status !== 'pass').map(({ step }) => step)).toEqual(['encrypted']);
}, 60_000);
