import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun } from '../command.ts';
import { CACHE } from '../project.ts';
import { downloadPackages, unpackPackage } from './debian-packages.ts';

const SELF = fileURLToPath(import.meta.url);

interface ImageRecipe {
  packages: readonly string[];
  /** Programs to take, with the libraries they load. */
  programs: readonly string[];
  /** Other files to take from the packages. */
  files: readonly string[];
  /** Files to write, by path. */
  written: Record<string, string>;
  directories: readonly string[];
  links: Record<string, string>;
}

// Debian builds busybox without wget's timeout option, and its wget crashes when it is given one.
const WGET = `#!/bin/sh
limit= next=
for argument do
  shift
  if [ "$next" ]; then limit=$argument next=; continue; fi
  case $argument in
    -T | --timeout) next=limit ;;
    -[cqS]*T) next=limit && set -- "$@" "\${argument%T}" ;;
    -T*) limit=\${argument#-T} ;;
    --timeout=*) limit=\${argument#--timeout=} ;;
    *) set -- "$@" "$argument" ;;
  esac
done
[ "$limit" ] || exec busybox wget "$@"
timeout "$limit" busybox wget "$@"
status=$?
[ $status != 143 ] || { echo 'wget: download timed out' >&2 && exit 1; }
exit $status
`;

// The dynamic busybox, not busybox-static: before glibc 2.34 a static program cannot look names up without libraries of
// exactly the glibc it was built with.
const BUSYBOX: ImageRecipe = {
  packages: ['busybox'],
  programs: ['usr/bin/busybox'],
  files: [],
  written: {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n',
    'etc/group': 'root:x:0:\nnogroup:x:65534:\n',
    'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
    'usr/bin/wget': WGET,
  },
  directories: ['root', 'var/log', 'var/www', 'home', 'dev', 'proc', 'sys', 'run'],
  links: {},
};

// The page names the container and its address, so that it can be seen which task answered.
const PAGE = `<!doctype html>
<title>Welcome to nginx!</title>
<h1>Welcome to nginx!</h1>
<p>Served by <b><!--# echo var="hostname" --></b> at <!--# echo var="server_addr" --> for <!--# echo var="remote_addr" -->.</p>
`;

const NGINX_CONF = `user nginx;
worker_processes 1;
pid /run/nginx.pid;
error_log /dev/stderr notice;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log /dev/stdout;
  sendfile on;
  include /etc/nginx/conf.d/*.conf;
}
`;

const NGINX_SITE = `server {
  listen 80;
  server_name localhost;
  add_header X-Served-By $hostname always;
  location / {
    root /usr/share/nginx/html;
    index index.html;
    ssi on;
  }
}
`;

const NGINX: ImageRecipe = {
  packages: [...BUSYBOX.packages, 'nginx'],
  programs: [...BUSYBOX.programs, 'usr/sbin/nginx'],
  files: ['etc/nginx/mime.types'],
  written: {
    ...BUSYBOX.written,
    'etc/passwd': `${BUSYBOX.written['etc/passwd']}nginx:x:101:101:nginx:/nonexistent:/bin/false\n`,
    'etc/group': `${BUSYBOX.written['etc/group']}nginx:x:101:\n`,
    'etc/nginx/nginx.conf': NGINX_CONF,
    'etc/nginx/conf.d/default.conf': NGINX_SITE,
    'usr/share/nginx/html/index.html': PAGE,
  },
  directories: [...BUSYBOX.directories, 'var/lib/nginx', 'var/log/nginx'],
  links: { 'var/log/nginx/access.log': '/dev/stdout', 'var/log/nginx/error.log': '/dev/stderr' },
};

const RECIPES = { busybox: BUSYBOX, nginx: NGINX };

export type LocalImageName = keyof typeof RECIPES;

/**
 * Makes the tar of an image's root directory from Debian's packages and answers its path. Nothing is installed.
 * All images are made from one download; later calls answer what it made, for as long as node_modules lives and this
 * file does not change.
 */
export async function imageTar(name: LocalImageName): Promise<string> {
  const version = createHash('sha256')
    .update(readFileSync(SELF))
    .update(process.arch)
    .digest('hex')
    .slice(0, 12);
  const tarFile = join(CACHE, `${name}-${version}.tar`);
  if (existsSync(tarFile)) return tarFile;

  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'swarmplane-image-'));
  try {
    const unpacked = join(work, 'unpacked');
    makeMergedRoot(unpacked);
    const packages = [...new Set(Object.values(RECIPES).flatMap((recipe) => recipe.packages))];
    for (const file of await downloadPackages(packages, work)) await unpackPackage(file, unpacked);
    for (const [image, recipe] of Object.entries(RECIPES)) {
      const root = join(work, image);
      await fillRoot(recipe, unpacked, root);
      // Renamed when complete: two test runs may build at once, and neither may read half a tar.
      const unfinished = join(CACHE, `${image}.${process.pid}.part`);
      await mustRun('tar', [
        '-cf',
        unfinished,
        '--numeric-owner',
        '--owner=0',
        '--group=0',
        '--sort=name',
        '-C',
        root,
        '.',
      ]);
      renameSync(unfinished, join(CACHE, `${image}-${version}.tar`));
    }
    return tarFile;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A root directory where /bin, /sbin and /lib are links into /usr, whichever of the two a package was built for. */
function makeMergedRoot(root: string): void {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(root, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
}

async function fillRoot(recipe: ImageRecipe, unpacked: string, root: string): Promise<void> {
  makeMergedRoot(root);
  for (const directory of recipe.directories) mkdirSync(join(root, directory), { recursive: true });
  mkdirSync(join(root, 'tmp'));
  chmodSync(join(root, 'tmp'), 0o1777);

  const libraries = new Map<string, string>();
  for (const program of recipe.programs) {
    copyInto(join(unpacked, program), join(root, program));
    for (const [path, file] of await librariesOf(join(unpacked, program), unpacked)) {
      libraries.set(path, file);
    }
  }
  for (const [path, file] of libraries) copyInto(file, join(root, path));
  for (const file of recipe.files) copyInto(join(unpacked, file), join(root, file));
  for (const [path, text] of Object.entries(recipe.written)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode: path.startsWith('usr/bin/') ? 0o755 : 0o644 });
  }
  for (const [path, target] of Object.entries(recipe.links)) symlinkSync(target, join(root, path));

  const { loader, directories } = loaderOf(unpacked);
  const applets = await mustRun(loader, [...directories, join(unpacked, 'usr/bin/busybox'), '--list']);
  for (const applet of applets.split('\n').filter((line) => line && line !== 'busybox')) {
    const link = join(root, 'usr/bin', applet);
    if (!existsSync(link)) symlinkSync('busybox', link);
  }
}

function copyInto(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

/** The unpacked dynamic loader, with the option that makes it look for libraries among the unpacked ones only. */
function loaderOf(unpacked: string): { loader: string; directories: string[]; path: string } {
  const triplet = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch as 'x64' | 'arm64'];
  const candidates = ['usr/lib64/ld-linux-x86-64.so.2', 'usr/lib/ld-linux-aarch64.so.1'];
  const path = candidates.find((candidate) => existsSync(join(unpacked, candidate)));
  if (!path || !triplet) throw new Error(`Images can be made on x64 and arm64, not on ${process.arch}.`);
  const libraries = ['usr/lib', 'lib'].map((directory) => join(unpacked, directory, triplet)).join(':');
  return { loader: join(unpacked, path), directories: ['--library-path', libraries], path };
}

/** The libraries a program loads and the loader itself: path inside the image → unpacked file. */
async function librariesOf(program: string, unpacked: string): Promise<Map<string, string>> {
  const { loader, directories, path } = loaderOf(unpacked);
  const listing = await mustRun(loader, [...directories, '--list', program]);
  const missing = /^\s*(\S+) => not found/m.exec(listing)?.[1];
  if (missing) throw new Error(`The packages for ${program} lack ${missing}.`);
  const found = new Map([[path, loader]]);
  for (const [, file] of listing.matchAll(/=> (\/\S+) \(/g)) {
    if (file?.startsWith(`${unpacked}/`)) found.set(file.slice(unpacked.length + 1), file);
  }
  return found;
}
