import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import pg from 'pg';
import { endOf } from '../../bench/kit/child.ts';
import { mustRun } from '../../scripts/command.ts';
import { debianProgram } from '../../scripts/engine/debian-program.ts';

/** Where Debian's packages have the programs of a server (`/usr/lib/postgresql/15/bin`). */
const FOLDER = 'usr/lib/postgresql/15/bin';
const USER = 'swarmplane';
const READY_WITHIN_MS = 20_000;
const POLL_MS = 50;

/** A PostgreSQL 15 of its own, on a Unix socket in a directory of its own. */
export interface Postgres {
  /** As `SWARMPLANE_DATABASE_URL` takes it. */
  readonly url: string;
  /** Makes another, empty database, and answers its URL. */
  another(): Promise<string>;
  /** Ends the server as a power failure would, and `start` starts it again. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts PostgreSQL 15 from Debian's packages, as whoever is not root. */
export async function startPostgres(): Promise<Postgres> {
  const postgres = await debianProgram('postgres', ['postgresql-15'], FOLDER);
  const initdb = [...postgres.slice(0, -1), siblingOf(postgres.at(-1) ?? '', 'initdb')];
  const directory = mkdtempSync(join(tmpdir(), 'swarmplane-pg-'));
  const data = join(directory, 'data');
  const [program = '', ...before] = asNobody(initdb);
  await mustRun(program, [
    ...before,
    '-D',
    data,
    '-U',
    USER,
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  ]);
  const [server = '', ...options] = asNobody([
    ...postgres,
    '-D',
    data,
    '-k',
    directory,
    '-c',
    'listen_addresses=',
  ]);
  const urlOf = (database: string): string => `postgresql:///${database}?host=${directory}&user=${USER}`;
  let child = spawn(server, options, { stdio: 'ignore' });
  let count = 0;
  const ready = async (): Promise<void> => {
    const until = performance.now() + READY_WITHIN_MS;
    while (!(await answers(urlOf('postgres')))) {
      if (performance.now() > until) throw new Error(`PostgreSQL is not ready after ${READY_WITHIN_MS} ms.`);
      await pass(POLL_MS);
    }
  };
  await ready();
  const another = async (): Promise<string> => {
    const name = `trail${++count}`;
    await asked(urlOf('postgres'), `CREATE DATABASE ${name}`);
    return urlOf(name);
  };
  return {
    url: await another(),
    another,
    kill: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      // Its children notice by themselves, and end; until then they keep its memory.
      while (existsSync(join(directory, '.s.PGSQL.5432')) && (await answers(urlOf('postgres')))) {
        await pass(POLL_MS);
      }
    },
    start: async () => {
      rmSync(join(data, 'postmaster.pid'), { force: true });
      child = spawn(server, options, { stdio: 'ignore' });
      await ready();
    },
    stop: async () => {
      await endOf(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. In a user namespace without a mapping, root is nobody, and still may read its files. */
function asNobody(command: readonly string[]): string[] {
  return process.getuid?.() === 0 ? ['unshare', '--user', ...command] : [...command];
}

const siblingOf = (program: string, name: string): string => join(dirname(realpathSync(program)), name);

async function answers(url: string): Promise<boolean> {
  try {
    await asked(url, 'SELECT 1');
    return true;
  } catch {
    return false;
  }
}

async function asked(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
