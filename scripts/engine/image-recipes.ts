import { rootCertificates } from 'node:tls';

/** What the root directory of an image is made of. */
export interface ImageRecipe {
  packages: readonly string[];
  /** Programs to take, with the libraries they load. */
  programs: readonly string[];
  /** More libraries, for programs that come later. */
  libraries?: readonly string[];
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

// Node wants two more libraries of glibc than HAProxy does, and HAProxy looks for authorities where OpenSSL's own program
// would have put them.
const ROUTER_BASE: ImageRecipe = {
  ...BUSYBOX,
  packages: [...BUSYBOX.packages, 'haproxy'],
  programs: [...BUSYBOX.programs, 'usr/sbin/haproxy'],
  libraries: ['libdl.so.2', 'libpthread.so.0'],
  written: { ...BUSYBOX.written, 'etc/ssl/certs/ca-certificates.crt': `${rootCertificates.join('\n')}\n` },
  directories: [...BUSYBOX.directories, 'usr/lib/ssl'],
  links: { 'usr/lib/ssl/certs': '/etc/ssl/certs' },
};

/** The images that can be made from Debian's packages. `router-base` is what Swarmplane's own image is built upon. */
export const RECIPES = { busybox: BUSYBOX, nginx: NGINX, 'router-base': ROUTER_BASE };

export type LocalImageName = keyof typeof RECIPES;
