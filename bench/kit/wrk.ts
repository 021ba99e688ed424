import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun } from '../../scripts/command.ts';
import { debianProgram } from '../../scripts/engine/debian-program.ts';

/** wrk reports what it saw in this line, printed by the script below. */
const SUMMARY = /^swarmplane (\d+) (\d+) (\d+)$/m;

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
  /** Asks from the network namespace of this process: a private engine listens on loopback there. */
  readonly netnsPid?: number;
}

/**
 * Answers per second under load: `connections` kept connections on one thread, for `seconds`. Rejects when an answer
 * was no success or a connection failed: a fast refusal is no throughput. Uses wrk because a client in Node is slower
 * than the servers it would measure.
 */
export async function wrk(target: WrkTarget, connections = 8, seconds = 2): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'swarmplane-wrk-'));
  try {
    const script = join(directory, 'request.lua');
    writeFileSync(script, scriptOf(target));
    const command = [
      ...(target.netnsPid ? ['nsenter', '-t', String(target.netnsPid), '-n'] : []),
      ...(await debianProgram('wrk', ['wrk'])),
      ...[
        '-t',
        '1',
        '-c',
        String(connections),
        '-d',
        `${seconds}s`,
        '--timeout',
        '30s',
        '-s',
        script,
        target.url,
      ],
    ];
    const [program = '', ...args] = command;
    const output = await mustRun(program, args, { timeoutMs: (seconds + 60) * 1000 });
    const [, answers, failures, microseconds] = (SUMMARY.exec(output) ?? []).map(Number);
    if (!answers || !microseconds) throw new Error(`wrk measured nothing: ${output}`);
    if (failures !== 0) throw new Error(`${target.url}: ${failures} of ${answers} answers were no success`);
    return answers / (microseconds / 1e6);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function scriptOf({ method = 'GET', headers = {}, bodies = [] }: WrkTarget): string {
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
function done(summary)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  print(string.format("swarmplane %d %d %d", summary.requests, failures, summary.duration))
end
`;
}
