import type { RuntimeCommand } from './command.ts';
import type { ProxyBackend, ProxyServer } from './model.ts';

type Backends = ReadonlyMap<string, ProxyBackend>;

/** Commands that give requests somewhere to go, and those that take it away: what is between them has both. */
export interface ServerCommands {
  readonly gains: readonly RuntimeCommand[];
  readonly losses: readonly RuntimeCommand[];
}

/** What changes of the servers of the backends that HAProxy has. */
export function serverCommands(old: Backends, now: Backends): ServerCommands {
  const gains: RuntimeCommand[] = [];
  const losses: RuntimeCommand[] = [];
  for (const [id, was] of old) {
    const is = now.get(id);
    if (is?.servers === was.servers) continue;
    for (const server of is?.servers.values() ?? []) {
      const [gained, lost] = changesOf(was, was.servers.get(server.name), server);
      gains.push(...gained);
      losses.push(...lost);
    }
    for (const { name } of was.servers.values()) {
      if (!is?.servers.has(name)) losses.push({ kind: 'retire', backend: was.name, server: name });
    }
  }
  return { gains, losses };
}

/** The backends that HAProxy has after these commands: those that it had, with the servers of now. */
export function withServersOf(old: Backends, now: Backends): Backends {
  const none: ProxyBackend['servers'] = new Map();
  return new Map([...old].map(([id, was]) => [id, { ...was, servers: now.get(id)?.servers ?? none }]));
}

function changesOf(
  { name: backend, serverOptions: options }: ProxyBackend,
  was: ProxyServer | undefined,
  server: ProxyServer,
): readonly [readonly RuntimeCommand[], readonly RuntimeCommand[]] {
  if (!was) return [[{ kind: 'add-server', backend, server, options }], []];
  const { name, address, port, weight, isDraining } = server;
  const gains: RuntimeCommand[] = [];
  if (was.address !== address || was.port !== port) gains.push({ kind: 'move', backend, server });
  if (was.weight !== weight) gains.push({ kind: 'weight', backend, server });
  if (was.isDraining === isDraining) return [gains, []];
  const state: RuntimeCommand = { kind: isDraining ? 'drain' : 'ready', backend, server: name };
  return isDraining ? [gains, [state]] : [[...gains, state], []];
}
