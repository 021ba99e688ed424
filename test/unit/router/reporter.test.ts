import { lookup } from 'node:dns/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  TRAFFIC_FIELDS,
  type RouterReport,
  type RouterStats,
  type TrafficStats,
} from '../../../src/domain/router-report.ts';
import { Reporter } from '../../../src/router/reporter.ts';
import { ServerClient } from '../../../src/router/server-client.ts';
import { routerConfig } from '../../factories/router-config.ts';
import { FakeConfigServer } from '../../fakes/fake-config-server.ts';

const HEAD: Omit<RouterReport, 'stats'> = {
  id: 'router 1',
  nodeId: null,
  nodeHostname: null,
  agentVersion: '0',
  haproxyVersion: null,
  startedAt: '2026-01-01T00:00:00Z',
  entrypoints: { http: null, https: null },
  config: null,
  applied: null,
  nack: null,
  problems: [],
  reloads: 0,
  runtimeChanges: 0,
  lastReloadReasons: [],
};

describe('Reporter', () => {
  let server: FakeConfigServer;
  let client: ServerClient;
  let reporter: Reporter;
  let rows: RouterStats;
  let retold: number;
  let failures: Error[];

  beforeEach(async () => {
    server = await new FakeConfigServer(routerConfig()).start();
    client = new ServerClient(server.address, 'token');
    rows = { routes: [], servers: [] };
    retold = 0;
    failures = [];
    const stats = { changed: () => rows, retell: () => void retold++ };
    reporter = new Reporter(
      client,
      () => HEAD,
      stats,
      (error) => void failures.push(error),
    );
  });
  afterEach(async () => {
    await reporter.stop();
    client.close();
    await server.close();
  });

  it('tells many changes in few reports', async () => {
    for (let turn = 0; turn < 50; turn++) reporter.soon();
    await vi.waitFor(() => expect(server.reports).toHaveLength(1));
    for (let turn = 0; turn < 50; turn++) reporter.soon();
    await vi.waitFor(() => expect(server.reports).toHaveLength(2));
    expect(server.reports[0]).toEqual({ ...HEAD, stats: rows });
  });

  it('divides what is too much for one report', async () => {
    const nothing = Object.fromEntries(TRAFFIC_FIELDS.map((field) => [field, 0])) as unknown as TrafficStats;
    const route = Array.from({ length: 2_500 }, (_, index) => ({
      route: String(index),
      queued: 0,
      ...nothing,
    }));
    rows = { routes: route, servers: [] };
    reporter.soon();
    await vi.waitFor(() => expect(server.reports).toHaveLength(4));
    expect(server.reports.flatMap(({ stats }) => stats.routes)).toEqual(route);
    expect(server.reports.every(({ id }) => id === HEAD.id)).toBe(true);
  });

  it('says everything the first time, and when a server may have begun anew', async () => {
    reporter.soon();
    await vi.waitFor(() => expect(server.reports).toHaveLength(1));
    expect(retold).toBe(1);
    reporter.soon();
    await vi.waitFor(() => expect(server.reports).toHaveLength(2));
    expect(retold).toBe(1);
    reporter.retell();
    await vi.waitFor(() => expect(server.reports).toHaveLength(3));
    expect(retold).toBe(2);
  });

  it('goes on after a report that did not arrive', async () => {
    server.refusal = 503;
    reporter.soon();
    await vi.waitFor(() => expect(failures).toMatchObject([{ status: 503 }]));
    server.refusal = null;
    reporter.soon();
    await vi.waitFor(() => expect(server.reports).toHaveLength(1));
  });
});

describe('ServerClient', () => {
  it('reads from a server that answers, and tells all there are behind the name', async () => {
    const paths: string[] = [];
    const server = createServer((request, response) => {
      paths.push(`${request.method} ${request.url} ${request.headers.host} ${request.headers.authorization}`);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = new ServerClient({ kind: 'tcp', secure: false, host: 'localhost', port }, 'secret');
    // Where this machine has IPv6, nobody listens at its second address.
    const addresses = await lookup('localhost', { all: true });
    for (let turn = 0; turn < 4; turn++) (await client.open('/stream', AbortSignal.timeout(5_000))).destroy();
    const failures = await client.putEverywhere('/report', Buffer.from('{}'));
    expect(failures).toHaveLength(addresses.length - 1);
    const from = `localhost:${port} Bearer secret`;
    expect(new Set(paths)).toEqual(new Set([`GET /stream ${from}`, `PUT /report ${from}`]));
    client.close();
    server.close();
    server.closeAllConnections();
  });
});
