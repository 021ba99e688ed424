import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DockerOptions } from 'dockerode';
import type { Document } from '../../../../src/swarm/docker/document.ts';

export interface EngineRequest {
  readonly method: string;
  /** Without the version and the query. */
  readonly path: string;
  readonly apiVersion: string | null;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
}

type Answer = (request: EngineRequest, response: ServerResponse) => void;

/** As much of the Engine API as a test says, over real HTTP; `GET /version` it knows by itself. */
export class FakeEngine {
  readonly requests: EngineRequest[] = [];
  private readonly answers = new Map<string, Answer>();
  private server: Server | undefined;

  constructor(apiVersion: string | null = '1.41') {
    this.on('GET /version', 200, apiVersion === null ? {} : { ApiVersion: apiVersion, Version: '20.10.24' });
  }

  /** Answers a call (`POST /networks/create`) with a status and a JSON body, or as `answer` does. */
  on(call: string, answer: Answer): this;
  on(call: string, status: number, body?: unknown): this;
  on(call: string, answer: Answer | number, body?: unknown): this {
    this.answers.set(
      call,
      typeof answer === 'number' ? (_, response) => reply(response, answer, body) : answer,
    );
    return this;
  }

  /** Listens on a free port, or on a socket. */
  async start(socketPath?: string): Promise<DockerOptions> {
    const server = createServer((request, response) => void this.handle(request, response));
    this.server = server;
    server.listen(socketPath === undefined ? { port: 0, host: '127.0.0.1' } : { path: socketPath });
    await once(server, 'listening');
    return socketPath === undefined
      ? { protocol: 'http', host: '127.0.0.1', port: (server.address() as AddressInfo).port }
      : { socketPath };
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  /** What was asked for besides the version. */
  get calls(): EngineRequest[] {
    return this.requests.filter((request) => request.path !== '/version');
  }

  /** The last body that was sent to a call. */
  bodyOf(call: string): Document {
    const request = this.requests.findLast(({ method, path }) => `${method} ${path}` === call);
    if (!request) throw new Error(`${call} was not called.`);
    return request.body as Document;
  }

  private async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const url = new URL(incoming.url ?? '/', 'http://engine');
    const [, apiVersion = null, path = url.pathname] = /^\/v([\d.]+)(\/.*)$/.exec(url.pathname) ?? [];
    const request: EngineRequest = {
      method: incoming.method ?? '',
      path,
      apiVersion,
      query: Object.fromEntries(url.searchParams),
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
      headers: incoming.headers,
    };
    this.requests.push(request);
    const answer = this.answers.get(`${request.method} ${path}`);
    if (answer) answer(request, response);
    else reply(response, 404, { message: `page not found: ${request.method} ${path}` });
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
