import { Agent, request } from 'node:http';

/** One request by Node's own client; over a Unix socket too, which wrk cannot. */
export interface Question {
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number;
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A client that keeps this many connections. Destroy it when it is no longer needed. */
export function keptConnections(count: number): Agent {
  return new Agent({ keepAlive: true, maxSockets: count });
}

/** The body of an answer, empty for 304. Rejects when the answer is no success. */
export function ask({ body, ...question }: Question, agent?: Agent): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...question, ...(agent ? { agent } : {}) }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks);
        const status = answer.statusCode ?? 0;
        if ((status >= 200 && status < 300) || status === 304) resolve(text);
        else reject(new Error(`${question.path} answered ${status}: ${text.toString().slice(0, 500)}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
