import type { StringMap } from '../domain/object.ts';
import type { ProbeConnection, ProbeQuestion } from '../domain/probe.ts';

/** What a script says last. */
export const END = 'end';

/** Connections that one node tries at once; a name of more addresses is tried at as many. */
const MOST_CONNECTIONS = 32;

/**
 * Shell functions that every script of a job begins with. The time is in seconds, from ash's own clock where it has
 * one (BusyBox 1.33), else from the kernel's uptime, which is exact to 10 ms. `addresses` takes the addresses out of
 * what BusyBox's `nslookup` says: those after the first `Name:`, the one before being the server's.
 */
export const SHELL_PRELUDE = `set -f
now() { echo "\${EPOCHREALTIME:-$(cut -d ' ' -f 1 /proc/uptime)}"; }
addresses() { awk '/^Name:/ { named = 1 } named && /^Address/ { sub(/^Address[^:]*:[ \\t]*/, ""); print $1 }'; }
`;

/**
 * Asks the DNS, tries the addresses, and says what came of it in lines that `readProbe` understands. It is always the
 * same text: what is asked for comes in the environment, and is never run.
 */
export const PROBE_SCRIPT = `${SHELL_PRELUDE}
start=$(now)
answer=$(timeout 6 nslookup "$PROBE_NAME" 127.0.0.11 2>&1)
echo "lookup $start $(now)"
printf '%s\\n' "$answer" | sed 's/^/dns /'
try() {
  start=$(now)
  said=$(timeout 4 nc -w 2 "$1" "$PROBE_PORT" -e true 2>&1)
  echo "try $1 $start $(now) $? $said"
}
if [ "$PROBE_PORT" ]; then
  for address in $( (printf '%s\\n' "$answer" | addresses; printf '%s\\n' $PROBE_BEHIND) | awk 'NF && !seen[$0]++' | head -n ${MOST_CONNECTIONS}); do
    try "$address" &
  done
  wait
fi
echo ${END}
`;

/** The environment of the script. */
export function probeEnvironment({ name, port }: ProbeQuestion, behind: readonly string[]): StringMap {
  return {
    PROBE_NAME: name,
    PROBE_PORT: port === null ? '' : String(port),
    PROBE_BEHIND: behind.join(' '),
  };
}

/** What the script has said. */
export interface ProbeReading {
  readonly addresses: readonly string[];
  readonly lookupMs: number | null;
  readonly lookupError: string | null;
  readonly connections: readonly ProbeConnection[];
}

/** Reads the lines that the script has written; what it does not know, it passes over. */
export function readProbe(lines: readonly string[]): ProbeReading {
  const said = lines.filter((line) => line.startsWith('dns ')).map((line) => line.slice('dns '.length));
  const addresses = [...new Set(answered(said))];
  const [, from, to] =
    lines.map((line) => /^lookup (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)$/.exec(line)).find((match) => match) ?? [];
  return {
    addresses,
    lookupMs: from === undefined || to === undefined ? null : msBetween(from, to),
    lookupError: addresses.length > 0 ? null : lookupError(said),
    connections: lines.flatMap((line) => connectionOf(line, addresses)),
  };
}

function answered(said: readonly string[]): string[] {
  const first = said.findIndex((line) => line.startsWith('Name:'));
  if (first < 0) return [];
  return said.slice(first).flatMap((line) => /^Address[^:]*:\s*(\S+)/.exec(line)?.[1] ?? []);
}

/** "No such name" and "no address of this kind" are answers; anything else is none. */
function lookupError(said: readonly string[]): string | null {
  if (said.some((line) => /NXDOMAIN|No answer|can't resolve/.test(line))) return null;
  const refusal = said.find((line) => /^(\*\*|;;|nslookup:)/.test(line));
  return refusal?.replace(/^[*; ]+/, '').trim() ?? 'no answer in time';
}

function connectionOf(line: string, addresses: readonly string[]): ProbeConnection[] {
  const [, address = '', from = '', to = '', status, said = ''] =
    /^try (\S+) (\d+(?:\.\d+)?) (\d+(?:\.\d+)?) (\d+) ?(.*)$/.exec(line) ?? [];
  if (status === undefined) return [];
  const connected = status === '0';
  return [
    {
      address,
      behindVirtualIp: !addresses.includes(address),
      connected,
      timeMs: msBetween(from, to),
      error: connected ? null : connectionError(said),
    },
  ];
}

/** Why a connection failed, from what BusyBox's `nc` says: nothing when it was ended from outside. */
export function connectionError(said: string): string {
  return said.replace(/^nc: (?:can't connect to remote host \([^)]*\): )?/, '') || 'timed out';
}

/** Two moments in seconds with decimals, in milliseconds to the hundredth. */
function msBetween(from: string, to: string): number {
  return Math.max(0, Math.round((Number(to) - Number(from)) * 100_000) / 100);
}
