import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, mustRun, runCommand } from '../command.ts';
import type { CommandOptions, CommandResult } from '../command.ts';
import { childrenOf, identifyProcess, isRunning, signalProcess } from '../process-identity.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import { pause } from '../progress.ts';

const INIT_SCRIPT = fileURLToPath(new URL('./node-namespace-init.sh', import.meta.url));
const BOOT_DEADLINE_MS = 10_000;

export interface NodeNamespaceOptions {
  /** A directory of this node's own, on a file system both sides see. Must exist. */
  stateDirectory: string;
  hostname: string;
}

/**
 * A simulated machine: network, mount, pid, uts and ipc namespaces under one init process.
 * There are no named network namespaces, so when init dies the kernel clears away everything inside.
 */
export interface NodeNamespace {
  readonly stateDirectory: string;
  /** The init process, as seen from outside: the handle for `nsenter -t` and `ip link set … netns`. */
  readonly init: ProcessIdentity;
  /** The command line that runs `command` inside all of the node's namespaces. */
  enterCommand(command: readonly string[]): string[];
  /** Runs a command inside the node and answers its exit code and output. */
  exec(command: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Ends every process of the node at once, as pulling the plug does. Blocks until they are gone. */
  powerOff(): void;
}

/** Boots a simulated machine. It has a loopback interface and nothing else; `addEthernet` gives it an address. */
export async function bootNodeNamespace(options: NodeNamespaceOptions): Promise<NodeNamespace> {
  const { stateDirectory, hostname } = options;
  const log = openSync(join(stateDirectory, 'init.log'), 'a');
  // Dies with its parent even when that is killed outright; what is left is a directory, removed by the next start.
  const child = spawn(
    'setpriv',
    // prettier-ignore
    ['--pdeathsig', 'KILL', 'unshare', '--net', '--mount', '--uts', '--ipc', '--pid', '--fork', '--mount-proc', '--kill-child',
      'sh', INIT_SCRIPT, stateDirectory, hostname],
    { stdio: ['ignore', log, log], detached: true },
  );
  closeSync(log);
  let ended = false;
  child.on('error', () => (ended = true));
  child.on('exit', () => (ended = true));
  child.unref();

  const deadline = performance.now() + BOOT_DEADLINE_MS;
  while (!ended && performance.now() < deadline) {
    if (existsSync(join(stateDirectory, 'booted')) && child.pid) {
      const init = identifyProcess(childrenOf(child.pid)[0] ?? 0);
      if (init) {
        writeFileSync(join(stateDirectory, 'init.json'), JSON.stringify(init));
        const namespace = namespaceOf(stateDirectory, init);
        await mustRun('nsenter', ['-t', String(init.pid), '-n', 'ip', 'link', 'set', 'lo', 'up']);
        return namespace;
      }
    }
    await pause(10);
  }
  child.kill('SIGKILL');
  const said = readFileSync(join(stateDirectory, 'init.log'), 'utf8').trim();
  throw new Error(`A simulated node did not boot in ${stateDirectory}: ${said || 'no output'}`);
}

function namespaceOf(stateDirectory: string, init: ProcessIdentity): NodeNamespace {
  const enterCommand = (command: readonly string[]): string[] => [
    ...['nsenter', '-t', String(init.pid), '-m', '-u', '-i', '-n', '-p', '--'],
    ...command,
  ];
  return {
    stateDirectory,
    init,
    enterCommand,
    exec(command, options) {
      const [program = '', ...args] = enterCommand(command);
      return runCommand(program, args, options);
    },
    powerOff: () => powerOff(init),
  };
}

function powerOff(init: ProcessIdentity): void {
  signalProcess(init, 'SIGKILL');
  // Blocking, because it must also work in an exit handler, where nothing asynchronous runs any more.
  for (let waitedMs = 0; isRunning(init) && waitedMs < 5_000; waitedMs += 10) sleepBlocking(10);
}

export interface EthernetOptions {
  /** Address with prefix length, for example 192.168.99.11/24. */
  address: string;
  /**
   * Moves the other end of the cable into the network namespace of this process (a switch's), under this name.
   * Without it the cable ends inside the node: the interface is up, and leads nowhere.
   */
  plugInto?: { pid: number; interfaceName: string };
}

/** Gives a node an `eth0`. Everything outside its own subnet is unreachable, and says so at once instead of timing out. */
export async function addEthernet(node: NodeNamespace, options: EthernetOptions): Promise<void> {
  const ip = (...args: string[]): Promise<string> =>
    mustRun('nsenter', ['-t', String(node.init.pid), '-n', 'ip', ...args]);
  const { address, plugInto } = options;
  const otherEnd = plugInto?.interfaceName ?? 'eth0-peer';
  await ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', otherEnd);
  if (plugInto) await ip('link', 'set', otherEnd, 'netns', String(plugInto.pid));
  else await ip('link', 'set', otherEnd, 'up');
  await ip('addr', 'add', address, 'dev', 'eth0');
  await ip('link', 'set', 'eth0', 'up');
  await ip('route', 'add', 'unreachable', 'default');
}

/** Why this process cannot make such namespaces, or undefined when it can. */
export async function namespaceObstacle(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `private engines need Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'private engines need root';
  for (const program of ['unshare', 'nsenter', 'setpriv', 'ip', 'mount', 'awk']) {
    if (!findProgram(program)) {
      return `the program "${program}" is missing (Debian packages util-linux, iproute2, mount, mawk)`;
    }
  }
  const probe = await runCommand('unshare', [
    '--net',
    '--mount',
    '--uts',
    '--ipc',
    '--pid',
    '--fork',
    '--mount-proc',
    'true',
  ]);
  return probe.exitCode === 0 ? undefined : `namespaces are not allowed here: ${probe.stderr.trim()}`;
}

/**
 * Removes what a node leaves behind: its init process if it still runs, its cgroups, its directory.
 * Works on the remains of a crashed run just as well. `cgroupName` is the top-level cgroup its engine used.
 */
export function clearNode(stateDirectory: string, cgroupName: string): void {
  const init = readInit(stateDirectory);
  if (init) powerOff(init);
  for (let attempt = 0; attempt < 100 && !removeCgroups(cgroupName); attempt += 1) sleepBlocking(20);
  rmSync(stateDirectory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

function readInit(stateDirectory: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(join(stateDirectory, 'init.json'), 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

const CGROUP_ROOT = '/sys/fs/cgroup';

/** Removes one name from every hierarchy (version 1 has one per controller). Answers whether nothing is left. */
function removeCgroups(name: string): boolean {
  let clean = true;
  for (const hierarchy of [
    CGROUP_ROOT,
    ...subdirectories(CGROUP_ROOT).map((entry) => join(CGROUP_ROOT, entry)),
  ]) {
    clean = removeCgroup(join(hierarchy, name)) && clean;
  }
  return clean;
}

function removeCgroup(directory: string): boolean {
  if (!existsSync(directory)) return true;
  for (const child of subdirectories(directory)) removeCgroup(join(directory, child));
  try {
    rmdirSync(directory);
    return true;
  } catch {
    // Busy while the kernel is still reaping its last processes.
    return false;
  }
}

function subdirectories(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function sleepBlocking(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
