import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { EngineEndpoint } from './engine-endpoint.ts';

/** The engine could not be reached, did not answer in time, or refused. */
export class EngineError extends Error {
  override name = 'EngineError';
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The system's error code when there was no answer: ENOENT, EACCES, ECONNREFUSED, ETIMEDOUT … */
  readonly code: string | undefined;

  constructor(message: string, status: number, code?: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface SwarmInfo {
  LocalNodeState: 'inactive' | 'pending' | 'active' | 'error' | 'locked' | '';
  ControlAvailable: boolean;
  NodeID: string;
  NodeAddr: string;
  Error: string;
  Cluster?: { ID: string; CreatedAt: string } | null;
  Nodes?: number;
}

export interface EngineInfo {
  ServerVersion: string;
  OSType: string;
  Architecture: string;
  Swarm: SwarmInfo;
}

export interface CallOptions {
  query?: Record<string, string | readonly string[]>;
  /** An object is sent as JSON, a stream as it is. */
  body?: object | Readable;
  headers?: Record<string, string>;
  /** Milliseconds for the whole call, the body included. */
  timeoutMs?: number;
}

/**
 * The few Engine API calls the scripts need, over node:http, so that they work before anything else does.
 * Every call has a deadline, because an engine in the middle of a leader election hangs instead of failing.
 */
export class EngineClient {
  readonly endpoint: EngineEndpoint;
  readonly #target: RequestOptions;
  readonly #send: typeof httpRequest;
  #apiVersion: string | undefined;

  constructor(endpoint: EngineEndpoint) {
    this.endpoint = endpoint;
    if (endpoint.host.startsWith('unix://')) {
      this.#send = httpRequest;
      // Connections are not kept: a pooled socket to a stopped engine would fail the next call.
      this.#target = {
        socketPath: endpoint.host.slice('unix://'.length),
        agent: new HttpAgent({ keepAlive: false }),
      };
      return;
    }
    const url = new URL(endpoint.host.replace(/^tcp:/, 'http:'));
    const tls = endpoint.certPath !== undefined;
    this.#send = tls ? httpsRequest : httpRequest;
    this.#target = {
      // URL drops an explicit port 80; tcp:// has Docker's own defaults.
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: /:\d+$/.test(endpoint.host)
        ? endpoint.host.slice(endpoint.host.lastIndexOf(':') + 1)
        : tls
          ? 2376
          : 2375,
      agent: tls
        ? new HttpsAgent({
            keepAlive: false,
            rejectUnauthorized: endpoint.verify,
            ...certificates(endpoint.certPath),
          })
        : new HttpAgent({ keepAlive: false }),
    };
  }

  /** Asks whether the engine answers, and learns its API version. Rejects with `EngineError`. */
  async ping(timeoutMs = 3_000): Promise<string> {
    const { response } = await this.#exchange('GET', '/_ping', { timeoutMs });
    this.#apiVersion = String(response.headers['api-version'] ?? '1.41');
    return this.#apiVersion;
  }

  info(timeoutMs = 10_000): Promise<EngineInfo> {
    return this.call<EngineInfo>('GET', '/info', { timeoutMs });
  }

  /** Makes this engine the first manager of a new swarm; answers the node id. Rejects when it is in one already. */
  swarmInit(advertiseAddress = ''): Promise<string> {
    return this.call<string>('POST', '/swarm/init', {
      timeoutMs: 30_000,
      body: {
        ListenAddr: '0.0.0.0:2377',
        AdvertiseAddr: advertiseAddress,
        ForceNewCluster: false,
        Spec: {},
      },
    });
  }

  /** Leaves the swarm; with `force` also the last manager, and with it the whole swarm. */
  async swarmLeave(force: boolean): Promise<void> {
    await this.call('POST', '/swarm/leave', { timeoutMs: 30_000, query: { force: String(force) } });
  }

  /** Whether the engine has an image of this name. */
  async hasImage(reference: string): Promise<boolean> {
    try {
      await this.call('GET', `/images/${reference}/json`);
      return true;
    } catch (error) {
      if (error instanceof EngineError && error.status === 404) return false;
      throw error;
    }
  }

  /** Pulls from a registry. Rejects when that fails or takes longer than `timeoutMs`. */
  async pullImage(repository: string, tag: string, timeoutMs: number): Promise<void> {
    await this.call('POST', '/images/create', { query: { fromImage: repository, tag }, timeoutMs });
  }

  /** Makes an image of one layer from a tar of its root directory. `changes` are Dockerfile lines: CMD, ENV, EXPOSE … */
  async importImage(
    repository: string,
    tag: string,
    rootTar: Readable,
    changes: readonly string[],
    timeoutMs = 60_000,
  ): Promise<void> {
    await this.call('POST', '/images/create', {
      query: { fromSrc: '-', repo: repository, tag, changes },
      headers: { 'content-type': 'application/x-tar' },
      body: rootTar,
      timeoutMs,
    });
  }

  /** Any other call. Answers the parsed JSON body, or undefined when there is none. Rejects with `EngineError`. */
  async call<T = unknown>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    if (!this.#apiVersion) await this.ping(Math.min(options.timeoutMs ?? 10_000, 10_000));
    const { text } = await this.#exchange(method, `/v${this.#apiVersion}${path}`, options);
    const documents = parseDocuments(text);
    // Long-running calls answer 200 at once and report their failure as the last document of the stream.
    const failure = documents.find(isFailure);
    if (failure) throw new EngineError([failure.error, ...lastWords(documents)].join('\n'), 500);
    return documents[0] as T;
  }

  #exchange(
    method: string,
    path: string,
    options: CallOptions,
  ): Promise<{ response: IncomingMessage; text: string }> {
    const { query, body, headers, timeoutMs = 10_000 } = options;
    const isStream = body !== undefined && 'pipe' in body;
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException): void => {
        clearTimeout(deadline);
        reject(new EngineError(`${this.endpoint.host}: ${error.message}`, 0, error.code));
      };
      const request = this.#send(
        {
          ...this.#target,
          method,
          path: `${path}${queryString(query)}`,
          headers: {
            host: 'docker',
            ...(body && !isStream ? { 'content-type': 'application/json' } : {}),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', fail);
          response.on('end', () => {
            clearTimeout(deadline);
            const text = Buffer.concat(chunks).toString();
            const status = response.statusCode ?? 0;
            if (status < 400) resolve({ response, text });
            else reject(new EngineError(messageOf(text) || `${method} ${path} answered ${status}`, status));
          });
        },
      );
      const deadline = setTimeout(() => {
        request.destroy(
          Object.assign(new Error(`no answer within ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' }),
        );
      }, timeoutMs);
      request.on('error', fail);
      if (isStream) {
        body.on('error', (error) => request.destroy(error));
        body.pipe(request);
      } else {
        request.end(body ? JSON.stringify(body) : undefined);
      }
    });
  }
}

function certificates(certPath: string | undefined): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  const read = (name: string): Buffer | undefined => {
    try {
      return readFileSync(join(certPath ?? '', name));
    } catch {
      return undefined;
    }
  };
  const [ca, cert, key] = [read('ca.pem'), read('cert.pem'), read('key.pem')];
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
}

function queryString(query: CallOptions['query']): string {
  if (!query) return '';
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of typeof value === 'string' ? [value] : value) parameters.append(name, one);
  }
  return `?${parameters.toString()}`;
}

function isFailure(document: unknown): document is { error: string } {
  return (
    typeof document === 'object' &&
    document !== null &&
    'error' in document &&
    typeof document.error === 'string'
  );
}

/** The end of what a build has printed. */
function lastWords(documents: readonly unknown[]): string[] {
  return documents
    .map((document) => (document as { stream?: unknown }).stream)
    .filter((text) => typeof text === 'string')
    .join('')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-10);
}

/** One JSON document, or one per line as the engine's progress streams have them. */
function parseDocuments(text: string): unknown[] {
  if (!text.trim()) return [];
  try {
    return [JSON.parse(text) as unknown];
  } catch {
    return text.split('\n').flatMap((line) => {
      try {
        return line.trim() ? [JSON.parse(line) as unknown] : [];
      } catch {
        return [line];
      }
    });
  }
}

function messageOf(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: string }).message ?? '');
  } catch {
    return text.trim();
  }
}
