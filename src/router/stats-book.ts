import {
  TRAFFIC_COUNTERS,
  type RouterStats,
  type RouteStats,
  type ServerState,
  type ServerStats,
  type TrafficStats,
} from '../domain/router-report.ts';
import { routeOf, serverOf } from '../proxy/names.ts';

/** A line of HAProxy's `show stat`, by the names of its columns (HAProxy Management Guide, 9.1). */
export type StatRow = ReadonlyMap<string, string>;

type Counters = Record<(typeof TRAFFIC_COUNTERS)[number], number>;

interface Entry {
  /** What workers counted that are gone, or servers that came again under the same name. */
  before: Counters;
  /** As the present worker counts. */
  now: Counters;
  told: RouteStats | ServerStats | null;
  row: RouteStats | ServerStats;
}

/** What HAProxy counts of routes and servers, since the start of the router: a reload begins at 0, this does not. */
export class StatsBook {
  private readonly entries = new Map<string, Entry>();
  private worker = 0;

  /**
   * Takes in what a worker counts.
   * @param worker its process id
   */
  take(rows: readonly StatRow[], worker: number): void {
    const isNew = worker !== this.worker;
    this.worker = worker;
    const seen = new Set<string>();
    for (const row of rows) {
      const stats = statsOf(row);
      if (!stats) continue;
      const key = `${row.get('pxname')} ${row.get('svname')}`;
      seen.add(key);
      this.entries.set(key, entryAfter(this.entries.get(key), stats, isNew));
    }
    for (const key of this.entries.keys()) if (!seen.has(key)) this.entries.delete(key);
  }

  /** The rows that changed since this was asked before. */
  changed(): RouterStats {
    const routes: RouteStats[] = [];
    const servers: ServerStats[] = [];
    for (const entry of this.entries.values()) {
      if (entry.told && isSame(entry.told, entry.row)) continue;
      entry.told = entry.row;
      if ('server' in entry.row) servers.push(entry.row);
      else routes.push(entry.row);
    }
    return { routes, servers };
  }

  /** Forgets what was told: `changed` answers everything next time. */
  retell(): void {
    for (const entry of this.entries.values()) entry.told = null;
  }
}

function entryAfter(known: Entry | undefined, row: RouteStats | ServerStats, isNewWorker: boolean): Entry {
  const now = countersOf(row);
  const before = known?.before ?? countersOf(null);
  const beganAnew =
    known && (isNewWorker || now.requests < known.now.requests || now.bytesIn < known.now.bytesIn);
  const base = beganAnew ? sum(before, known.now) : before;
  return { before: base, now, told: known?.told ?? null, row: { ...row, ...sum(base, now) } };
}

function countersOf(row: TrafficStats | null): Counters {
  return Object.fromEntries(TRAFFIC_COUNTERS.map((name) => [name, row?.[name] ?? 0])) as Counters;
}

function sum(a: Counters, b: Counters): Counters {
  return Object.fromEntries(TRAFFIC_COUNTERS.map((name) => [name, a[name] + b[name]])) as Counters;
}

const isSame = (a: RouteStats | ServerStats, b: RouteStats | ServerStats): boolean =>
  Object.entries(a).every(([name, value]) => b[name as keyof TrafficStats] === value);

/** What a line says of a route or a server of one; undefined of other lines. */
function statsOf(row: StatRow): RouteStats | ServerStats | undefined {
  const route = routeOf(row.get('pxname') ?? '');
  if (route === undefined) return undefined;
  if (row.get('svname') === 'BACKEND') return { route, queued: number(row, 'qcur'), ...trafficOf(row) };
  const server = serverOf(row.get('svname') ?? '');
  return server && { route, server: server.id, port: server.port, state: stateOf(row), ...trafficOf(row) };
}

function trafficOf(row: StatRow): TrafficStats {
  return {
    requests: number(row, 'stot'),
    rate: number(row, 'rate'),
    sessions: number(row, 'scur'),
    bytesIn: number(row, 'bin'),
    bytesOut: number(row, 'bout'),
    status1xx: number(row, 'hrsp_1xx'),
    status2xx: number(row, 'hrsp_2xx'),
    status3xx: number(row, 'hrsp_3xx'),
    status4xx: number(row, 'hrsp_4xx'),
    status5xx: number(row, 'hrsp_5xx'),
    connectMs: number(row, 'ctime'),
    responseMs: number(row, 'rtime'),
    totalMs: number(row, 'ttime'),
  };
}

/** `UP`, `UP 1/3`, `no check`, `DOWN`, `DRAIN`, `NOLB`, `MAINT (…)` and so on. */
function stateOf(row: StatRow): ServerState {
  const status = row.get('status') ?? '';
  if (status.startsWith('MAINT')) return 'maintenance';
  if (status.startsWith('DRAIN') || status.startsWith('NOLB')) return 'drain';
  return status.startsWith('DOWN') ? 'down' : 'up';
}

const number = (row: StatRow, column: string): number => Number(row.get(column) ?? 0) || 0;
