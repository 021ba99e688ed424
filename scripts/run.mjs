#!/usr/bin/env node
// Entry of the npm scripts: installs the dependencies when they are missing or out of date, then runs scripts/<task>.ts
// on the Node that the project brings along. Plain JavaScript, because it must run on any Node from 18 on, before
// anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(project, 'node_modules');
const marker = join(modules, '.swarmplane-lock');
const MINIMUM_NODE = 24;

/** Whether what npm says it installed is what package-lock.json asks for. */
function installedAgrees(wanted) {
  try {
    const installed = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')).packages;
    const asked = JSON.parse(wanted).packages;
    return Object.entries(asked).every(([path, entry]) => {
      if (path === '') return true;
      const present = installed[path];
      // Optional packages for other platforms are rightly absent.
      return present ? present.version === entry.version : Boolean(entry.optional || entry.devOptional);
    });
  } catch {
    return false;
  }
}

function installDependencies() {
  const lock = readFileSync(join(project, 'package-lock.json'), 'utf8');
  const hash = createHash('sha256').update(lock).digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === hash) return;
  if (!installedAgrees(lock)) {
    console.log(
      existsSync(modules)
        ? 'package-lock.json has changed; installing the dependencies again (npm ci) …'
        : 'Installing the dependencies (npm ci); this takes a minute the first time …',
    );
    const startedAt = Date.now();
    const npm = process.env.npm_execpath;
    const result = npm
      ? spawnSync(process.execPath, [npm, 'ci'], { cwd: project, stdio: 'inherit' })
      : spawnSync('npm', ['ci'], { cwd: project, stdio: 'inherit', shell: process.platform === 'win32' });
    if (result.status !== 0) {
      console.error(
        `\nThe dependencies could not be installed: npm ci ended with ${result.status ?? result.signal ?? result.error?.message}.\n` +
          'Its own message is above. Look whether this machine reaches its npm registry (npm config get registry; npm ping),\n' +
          'then type: npm ci',
      );
      process.exit(1);
    }
    console.log(`Dependencies installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  }
  writeFileSync(marker, hash);
}

/** The project's own Node. Its package fetches it in an install script, which some npm settings and versions leave out. */
function findRuntime() {
  const own = join(modules, 'node', 'bin', 'node');
  if (existsSync(own)) return own;
  if (Number(process.versions.node.split('.')[0]) >= MINIMUM_NODE) return process.execPath;
  console.log(`Fetching Node ${MINIMUM_NODE}, because this is Node ${process.version} …`);
  spawnSync(process.execPath, ['installArchSpecificPackage.js'], {
    cwd: join(modules, 'node'),
    stdio: 'inherit',
  });
  if (existsSync(own)) return own;
  console.error(
    `Node ${MINIMUM_NODE} could not be fetched. Install it on this machine, or type: npm rebuild node --ignore-scripts=false`,
  );
  return process.exit(1);
}

const [task, ...args] = process.argv.slice(2);
const script = join(project, 'scripts', `${task}.ts`);
if (!task || !/^[a-z-]+$/.test(task) || !existsSync(script)) {
  console.error(
    `There is no task "${task ?? ''}". Tasks: up, down, build, image, images, subscribe, test, check, bench`,
  );
  process.exit(2);
}

installDependencies();
const runtime = findRuntime();
const child = spawn(runtime, [script, ...args], {
  cwd: project,
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: [dirname(runtime), join(modules, '.bin'), process.env.PATH ?? ''].join(delimiter),
  },
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // On a terminal Ctrl-C reaches the child by itself; passing it on would make it a second one.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  });
}
child.on('error', (error) => {
  console.error(`The task could not be started: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  process.exit(code ?? 128 + (constants.signals[signal] ?? 1));
});
