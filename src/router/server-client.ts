import { Agent, request as plainRequest, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as secureRequest, type RequestOptions } from 'node:https';
import { endpointsOf, type ServerAddress, type ServerEndpoint } from './server-address.ts';
import { readTlsFiles, type ServerTlsFiles } from './server-tls-files.ts';

/** How long a server may take to begin its answer, in milliseconds. */
const ANSWER_WITHIN_MS = 5_000;
/** How much of a refusal is read, in bytes. */
const REFUSAL_BYTES = 4_096;

/** A server answered, but not with what was asked for. */
export class RefusedByServer extends Error {
  override readonly name = 'RefusedByServer';

  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }

  /** Whether it does not know the token, or does not let it in. */
  get isUnauthorized(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

/** The servers, as far as a router talks to them: it reads from one of them, and tells all of them. */
export class ServerClient {
  private readonly agents = {
    plain: new Agent({ keepAlive: true }),
    secure: new SecureAgent({ keepAlive: true }),
  };
  /** Where to begin; another one each time, so that routers spread over the servers. */
  private turn = Math.floor(Math.random() * 1_000);

  constructor(
    private readonly address: ServerAddress,
    private readonly token: string | null,
    private readonly tlsFiles: ServerTlsFiles = { ca: null, cert: null, key: null },
  ) {}

  /**
   * Opens a stream of server-sent events at the first server that gives one. Rejects with the last failure when none
   * does: RefusedByServer, or an error of the network.
   */
  async open(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const endpoints = await endpointsOf(this.address);
    const first = this.turn++ % endpoints.length;
    let failure: unknown;
    for (const endpoint of [...endpoints.slice(first), ...endpoints.slice(0, first)]) {
      try {
        return await this.send(endpoint, { method: 'GET', path, signal, agent: false }, 'text/event-stream');
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** Sends a body to all servers at once; answers why it failed at those where it did. Never rejects. */
  async putEverywhere(path: string, body: Buffer): Promise<Error[]> {
    try {
      const endpoints = await endpointsOf(this.address);
      const failures = await Promise.all(endpoints.map((endpoint) => this.put(endpoint, path, body)));
      return failures.filter((failure) => failure !== null);
    } catch (error) {
      return [error as Error];
    }
  }

  /** Closes the connections that are kept. */
  close(): void {
    this.agents.plain.destroy();
    this.agents.secure.destroy();
  }

  private async put(endpoint: ServerEndpoint, path: string, body: Buffer): Promise<Error | null> {
    try {
      const agent = endpoint.protocol === 'https:' ? this.agents.secure : this.agents.plain;
      const response = await this.send(endpoint, { method: 'PUT', path, agent }, 'application/json', body);
      response.resume();
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  private async send(
    endpoint: ServerEndpoint,
    options: RequestOptions,
    accept: string,
    body?: Buffer,
  ): Promise<IncomingMessage> {
    const headers = {
      ...endpoint.headers,
      Accept: accept,
      ...(this.token === null ? {} : { Authorization: `Bearer ${this.token}` }),
      ...(body ? { 'Content-Type': 'application/json', 'Content-Length': body.length } : {}),
    };
    const isSecure = endpoint.protocol === 'https:';
    const tls = isSecure ? readTlsFiles(this.tlsFiles) : {};
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const send = isSecure ? secureRequest : plainRequest;
      const request = send({ ...endpoint, ...tls, ...options, headers }, resolve);
      const late = (): void =>
        void request.destroy(new Error(`No answer within ${ANSWER_WITHIN_MS / 1000} s.`));
      const deadline = setTimeout(late, ANSWER_WITHIN_MS);
      request.once('response', () => clearTimeout(deadline));
      request.once('close', () => clearTimeout(deadline));
      request.on('error', reject);
      request.end(body);
    });
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw new RefusedByServer(status, await refusalOf(response));
  }
}

/** What the server says of its refusal: the detail of its problem document. */
async function refusalOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  try {
    for await (const chunk of response) {
      text += chunk as string;
      if (text.length > REFUSAL_BYTES) break;
    }
    const { detail } = JSON.parse(text) as { detail?: unknown };
    if (typeof detail === 'string') return detail;
  } catch {
    // What cannot be read is no reason; the status must do.
  }
  return `The server answered ${response.statusCode}.`;
}
