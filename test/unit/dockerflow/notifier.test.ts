import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Notifier, type Notice } from '../../../src/dockerflow/notifier.ts';

const WITHIN_MS = 10_000;

/** A proxy that answers as it is told to, and remembers what it was asked. */
class Proxy {
  readonly asked: string[] = [];
  status = (_url: string): number => 200;
  private server: Server | undefined;
  private readonly waiting: { count: number; done: () => void }[] = [];
  port = 0;

  async start(): Promise<void> {
    this.server = createServer(({ url = '' }, response) => {
      this.asked.push(url);
      response.writeHead(this.status(url)).end();
      for (const { count, done } of this.waiting) if (this.asked.length >= count) done();
    }).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    if (this.server?.listening) await new Promise((resolve) => this.server?.close(resolve));
  }

  /** What it was asked, once that is so much. */
  async heard(count: number): Promise<string[]> {
    if (this.asked.length < count) {
      await Promise.race([
        new Promise<void>((done) => this.waiting.push({ count, done })),
        new Promise((_, fail) =>
          setTimeout(() => fail(new Error(`Heard ${this.asked.join()}`)), WITHIN_MS).unref(),
        ),
      ]);
    }
    return this.asked;
  }

  notice(path: string, fine = [200]): Notice {
    return { url: `http://127.0.0.1:${this.port}${path}`, fine };
  }
}

let proxy: Proxy;
let notifier: Notifier;
let givenUp: [string, number][];
beforeEach(async () => {
  proxy = new Proxy();
  await proxy.start();
  givenUp = [];
  notifier = new Notifier((service, status) => givenUp.push([service, status]));
});
afterEach(async () => {
  await notifier.stop();
  await proxy.stop();
});

describe('Notifier', () => {
  it('tells one after another', async () => {
    notifier.tell('a', [proxy.notice('/a')]);
    notifier.tell('b', [proxy.notice('/b1'), proxy.notice('/b2')]);
    expect(await proxy.heard(3)).toEqual(['/a', '/b1', '/b2']);
  });

  it('tells a proxy that was away the newest of all that it has missed', async () => {
    await proxy.stop();
    notifier.tell('a', [proxy.notice('/a-old')]);
    notifier.tell('b', [proxy.notice('/b')]);
    notifier.tell('a', [proxy.notice('/a-new')]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await proxy.start();
    expect((await proxy.heard(2)).toSorted()).toEqual(['/a-new', '/b']);
  });

  it('does not let what is refused keep the others waiting, and gives it up in the end', async () => {
    proxy.status = (url) => (url === '/bad' ? 400 : 200);
    notifier.tell('bad', [proxy.notice('/bad')]);
    notifier.tell('good', [proxy.notice('/good')]);
    expect((await proxy.heard(3)).slice(0, 3)).toEqual(['/bad', '/good', '/bad']);
    expect(givenUp).toEqual([]);
  });

  it('takes what the proxy knows already for understood', async () => {
    proxy.status = () => 409;
    notifier.tell('a', [proxy.notice('/a', [200, 409])]);
    notifier.tell('b', [proxy.notice('/b', [200, 409])]);
    expect(await proxy.heard(2)).toEqual(['/a', '/b']);
  });
});
