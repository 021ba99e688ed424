import { Agent, request } from 'node:http';

/** What a load of requests showed. */
export interface LoadResult {
  /** Answers per second. */
  readonly perSecond: number;
  /** Bytes of one answer's body. */
  readonly bytes: number;
}

export interface Target {
  readonly host?: string;
  readonly port?: number;
  readonly socketPath?: string;
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Asks for the same thing over and over, `connections` at a time on kept connections, for `seconds`. Rejects at
 * the first answer that is no success: a fast refusal is no throughput.
 */
export async function load(target: Target, connections: number, seconds: number): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const end = performance.now() + seconds * 1000;
  let answers = 0;
  let bytes = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      bytes = (await ask(target, agent)).length;
      answers++;
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  agent.destroy();
  return { perSecond: answers / ((performance.now() - startedAt) / 1000), bytes };
}

/** One answer's body. Rejects when the answer is no success. */
export function ask({ body, ...target }: Target, agent?: Agent): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...target, ...(agent ? { agent } : {}) }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(Buffer.concat(chunks));
        else reject(new Error(`${target.path} answered ${answer.statusCode}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The middle of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
