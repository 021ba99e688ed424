import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun } from '../../scripts/command.ts';
import { debianProgram } from '../../scripts/engine/debian-program.ts';

/** wrk reports what it saw in this line, printed by the script below. */
const SUMMARY = /^swarmplane (\d+) (\d+) (\d+) (\d+)$/m;

const MICROSECONDS = 1e6;

/** What to ask for over and over. */
export interface WrkTarget {
  /** `http://127.0.0.1:…/…` */
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Bodies that take turns, request by request and connection by connection. `COUNTER` in one stands for a number that
   * is another for each request, so that no two are alike.
   */
  readonly bodies?: readonly string[];
  /** How long a connection pauses between an answer and its next request, in milliseconds; not at all when left out. */
  readonly pauseMs?: number;
  /** Leaves the processors to whoever wants them: what asks much more than is answered would be on other machines. */
  readonly yields?: boolean;
  /** Asks from this network namespace, a path: a private engine listens on loopback of its own, a router too. */
  readonly netns?: string;
}

/** What some seconds under load were like. */
export interface Load {
  readonly answers: number;
  /** Answers that were no success, connections that failed or ended without an answer, and answers later than 30 s. */
  readonly failures: number;
  readonly perSecond: number;
  /** The 99th percentile of how long an answer took, in milliseconds. */
  readonly p99Ms: number;
}

/**
 * Answers per second under load: `connections` kept connections on one thread, for `seconds`. Rejects when an answer
 * was no success or a connection failed: a fast refusal is no throughput.
 */
export async function wrk(target: WrkTarget, connections = 8, seconds = 2): Promise<number> {
  const { answers, failures, perSecond } = await load(target, connections, seconds);
  if (failures !== 0) throw new Error(`${target.url}: ${failures} of ${answers} answers were no success`);
  return perSecond;
}

/**
 * The same, with all that is known of it. Uses wrk because a client in Node is slower than the servers it would
 * measure.
 */
export async function load(target: WrkTarget, connections: number, seconds: number): Promise<Load> {
  const directory = mkdtempSync(join(tmpdir(), 'swarmplane-wrk-'));
  try {
    const script = join(directory, 'request.lua');
    writeFileSync(script, scriptOf(target));
    const options = [
      '-t',
      '1',
      '-c',
      `${connections}`,
      '-d',
      `${seconds}s`,
      '--timeout',
      '30s',
      '-s',
      script,
    ];
    const [program = '', ...args] = [
      ...(target.netns ? ['nsenter', `--net=${target.netns}`] : []),
      ...(target.yields ? ['nice', '-n', '19'] : []),
      ...(await debianProgram('wrk', ['wrk'])),
      ...options,
      target.url,
    ];
    const output = await mustRun(program, args, { timeoutMs: (seconds + 60) * 1000 });
    const [, answers, failures, duration, p99] = (SUMMARY.exec(output) ?? []).map(Number);
    if (!answers || failures === undefined || !duration || p99 === undefined) {
      throw new Error(`wrk measured nothing: ${output}`);
    }
    return { answers, failures, perSecond: answers / (duration / MICROSECONDS), p99Ms: p99 / 1000 };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function scriptOf({ method = 'GET', headers = {}, bodies = [], pauseMs }: WrkTarget): string {
  const quote = (text: string): string => JSON.stringify(text).replace(/\\u(?=[0-9a-f]{4})/g, '\\\\u');
  return `
wrk.method = ${quote(method)}
${Object.entries(headers)
  .map(([name, value]) => `wrk.headers[${quote(name)}] = ${quote(value)}`)
  .join('\n')}
local bodies = { ${bodies.map(quote).join(', ')} }
local requests = {}
local turn = 0
function init()
  for index, body in ipairs(bodies) do requests[index] = wrk.format(nil, nil, nil, body) end
  if #requests == 0 then requests[1] = wrk.format() end
end
function request()
  turn = turn + 1
  local index = (turn - 1) % #requests + 1
  local body = bodies[index]
  if body == nil or not string.find(body, "COUNTER") then return requests[index] end
  return wrk.format(nil, nil, nil, (string.gsub(body, "COUNTER", tostring(turn))))
end
${pauseMs === undefined ? '' : `function delay() return math.random(0, ${2 * Math.round(pauseMs)}) end`}
function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  local p99 = latency:percentile(99)
  print(string.format("swarmplane %d %d %d %d", summary.requests, failures, summary.duration, p99))
end
`;
}
