/** What HAProxy says of a server with `show servers state`. */
export interface ServerState {
  readonly backend: string;
  readonly server: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  /** Whether it was set to get no new requests. */
  readonly isInMaintenance: boolean;
  /** Whether requests can be sent to it. */
  readonly isUp: boolean;
}

/** Bits of `srv_admin_state`: forced, inherited, without an address (management guide, 9.3). */
const MAINTENANCE = 0x01 | 0x02 | 0x20;
/** `srv_op_state` of a server that works. */
const RUNNING = '2';

/** Of `show info`: values by their names. */
export function infoOf(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^([^:\n]+): (.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
}

/** Of `show stat`: rows of values by the names of their columns. Names and values have no commas in what we write. */
export function statRowsOf(text: string): ReadonlyMap<string, string>[] {
  return tableOf(text.replace(/^# /, ''), ',');
}

/** Of `show servers state`. */
export function serverStatesOf(text: string): ServerState[] {
  // The first line is the version of the format.
  return tableOf(text.replace(/^\d+\n# /, ''), ' ').map((row) => {
    const of = (column: string): string => row.get(column) ?? '';
    return {
      backend: of('be_name'),
      server: of('srv_name'),
      address: of('srv_addr'),
      port: Number(of('srv_port')),
      weight: Number(of('srv_uweight')),
      isInMaintenance: (Number(of('srv_admin_state')) & MAINTENANCE) !== 0,
      isUp: of('srv_op_state') === RUNNING,
    };
  });
}

function tableOf(text: string, separator: string): ReadonlyMap<string, string>[] {
  const [heading = '', ...lines] = text.split('\n');
  const columns = heading.split(separator);
  return lines
    .filter((each) => each !== '')
    .map((each) => {
      const values = each.split(separator);
      return new Map(columns.map((column, index) => [column, values[index] ?? '']));
    });
}
