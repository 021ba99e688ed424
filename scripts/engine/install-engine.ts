import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { mustRun } from '../command.ts';
import { withProgress } from '../progress.ts';

const PACKAGES = ['docker.io', 'iptables'];
const INSTALL_DEADLINE_MS = 15 * 60_000;

/** Whether /etc/os-release describes Debian, Ubuntu or one of their children. */
export function isDebianLike(osRelease: string): boolean {
  const value = (key: string): string =>
    new RegExp(`^${key}=(.*)$`, 'm').exec(osRelease)?.[1]?.replace(/^["']|["']$/g, '') ?? '';
  return `${value('ID')} ${value('ID_LIKE')}`.split(/\s+/).some((id) => id === 'debian' || id === 'ubuntu');
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

/** Why this process cannot install Docker, or undefined when it can. Ends with what to type. */
export function installObstacle(): string | undefined {
  const debianLike = isDebianLike(readOsRelease());
  if (!debianLike) {
    return 'Docker is installed automatically on Debian and Ubuntu only; install Docker Engine by your system’s own means (see docs.docker.com/engine/install), start it, and run this again';
  }
  if (process.getuid?.() !== 0) {
    return 'installing it needs root; type: sudo apt-get update && sudo apt-get install -y docker.io iptables && sudo usermod -aG docker $USER, log in again, and run this again';
  }
  return undefined;
}

export interface InstallOptions {
  /** Packages beside Docker's own. */
  extraPackages?: readonly string[];
  /** Where apt's own words go; its directory exists. */
  logFile: string;
  /** Is told which packages will come new, before any does. */
  onPlan?: (packages: string[]) => void;
}

/** Installs Docker and what it needs with apt, showing progress. Rejects with the end of apt's log. */
export async function installEngine({ extraPackages = [], logFile, onPlan }: InstallOptions): Promise<void> {
  const obstacle = installObstacle();
  if (obstacle) throw new Error(`Docker is not installed, and ${obstacle}.`);
  await withProgress('Fetching the package lists (apt-get update)', () => apt(logFile, ['update']));
  const install = ['install', '-y', '--no-install-recommends', ...PACKAGES, ...extraPackages];
  const planned = newPackages(await mustRun('apt-get', ['--simulate', ...install], { timeoutMs: 120_000 }));
  onPlan?.(planned);
  const what = `Installing ${planned.length} packages for Docker: ${planned.join(', ')} (log: ${logFile})`;
  await withProgress(what, () => apt(logFile, install));
}

/** The packages that come new, not those that are upgraded, in the answer of `apt-get --simulate install`. */
export function newPackages(simulation: string): string[] {
  return [...simulation.matchAll(/^Inst (\S+) (?!\[)/gm)].map((match) => match[1] ?? '');
}

const NUKE_SCRIPT = '/var/lib/docker/nuke-graph-directory.sh';

/** Removes those of these packages that are installed, their configuration included, but not the engine's data. */
export async function removePackages(packages: readonly string[], logFile: string): Promise<string[]> {
  const installed = new Set((await installedPackages()).map((name) => name.replace(/:.*$/, '')));
  const present = packages.filter((name) => installed.has(name.replace(/:.*$/, '')));
  if (present.length === 0) return [];
  await withProgress(`Removing ${present.join(', ')}`, async () => {
    await apt(logFile, ['remove', '-y', ...present]);
    // Debian's package leaves this script so that purging it deletes every image, container and volume.
    rmSync(NUKE_SCRIPT, { force: true });
    await apt(logFile, ['purge', '-y', ...present]);
  });
  return present;
}

/** Names of the installed packages, with their architecture where several are possible. */
export async function installedPackages(): Promise<string[]> {
  const listing = await mustRun('dpkg-query', ['-W', '-f', '${binary:Package} ${db:Status-Status}\n']);
  return listing
    .split('\n')
    .filter((line) => line.endsWith(' installed'))
    .map((line) => line.slice(0, line.indexOf(' ')));
}

function apt(logFile: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const log = openSync(logFile, 'a');
    const child = spawn('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], {
      // A group of its own: Ctrl-C must not stop dpkg half way through a package.
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    closeSync(log);
    const deadline = setTimeout(() => child.kill('SIGTERM'), INSTALL_DEADLINE_MS);
    child.on('error', (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    child.on('exit', (code) => {
      clearTimeout(deadline);
      if (code === 0) return resolve();
      const tail = readFileSync(logFile, 'utf8').trim().split('\n').slice(-15).join('\n');
      reject(new Error(`apt-get ${args.join(' ')} failed. The end of ${logFile}:\n${tail}`));
    });
  });
}
