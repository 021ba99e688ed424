import { posix } from 'node:path';
import { invalid, type FieldError } from '../domain/errors.ts';
import { isRange, settingsLabels } from '../domain/router-service.ts';
import { ROUTER_LABEL } from '../domain/route-network.ts';
import type { CreateServiceInput } from '../services/services.types.ts';
import type { DeployRoutersInput } from './deployment.types.ts';

export const DEFAULT_NAME = 'swarmplane-router';
/** Whose the processes in the image are. */
const USER = '10001';
/** Where the router listens in its container: no process of it may open lower ports. */
const HTTP_PORT = 8080;
const HTTPS_PORT = 8443;
/** Where clients come in unless told otherwise. */
const DEFAULT_HTTP_PORT = 80;
const DEFAULT_HTTPS_PORT = 443;
const DATA_DIR = '/var/lib/swarmplane-router';
const RUN_DIR = '/run/swarmplane-router';
const SOCKET_DIR = '/run/swarmplane-server';
const SECRETS_DIR = '/run/secrets';
const TOKEN_FILE = 'swarmplane-token';
const KEY_FILE = 'swarmplane-certificate-key';
/** Permission bits: the owner may read. */
const OWNER_READS = 0o400;
/** Permission bits: Swarm mounts a tmpfs as root's, and everybody may write. */
const ALL_WRITE = 0o1777;
const GRACE_SECONDS = 30;
const MS = 1000;

/** What is there for a router service, by id. */
export interface RouterParts {
  readonly networks: readonly string[];
  /** Null where they are yet to be made. */
  readonly tokenSecret: string | null;
  readonly keySecret: string | null;
}

/** The service whose tasks are the routers. Fails `invalid` for what no router could be. */
export function routerServiceInput(input: DeployRoutersInput, parts: RouterParts): CreateServiceInput {
  const { image, mode = 'global', publishMode = 'host' } = input;
  const errors = checkDeployment(input);
  if (errors.length > 0) throw invalid(errors);
  const socket = socketOf(input.server);
  const isHost = (publishMode ?? 'host') === 'host';
  const order = isHost ? 'stop-first' : 'start-first';
  const update = { parallelism: 1, order } as const;
  return {
    name: input.name ?? DEFAULT_NAME,
    image,
    args: ['router'],
    labels: {
      [ROUTER_LABEL]: '',
      ...settingsLabels({
        trustedProxies: input.trustedProxies ?? [],
        acceptProxyProtocol: input.acceptProxyProtocol ?? false,
      }),
    },
    mode: mode ?? 'global',
    replicas: mode === 'replicated' ? (input.replicas ?? 2) : null,
    env: {
      SWARMPLANE_SERVER: socket ? `unix:${SOCKET_DIR}/${posix.basename(socket)}` : input.server,
      SWARMPLANE_TOKEN_FILE: `${SECRETS_DIR}/${TOKEN_FILE}`,
      SWARMPLANE_CERTIFICATE_KEY_FILE: `${SECRETS_DIR}/${KEY_FILE}`,
      SWARMPLANE_ROUTER_ID: '{{.Task.ID}}',
      SWARMPLANE_NODE_ID: '{{.Node.ID}}',
      SWARMPLANE_NODE_HOSTNAME: '{{.Node.Hostname}}',
      SWARMPLANE_ROUTER_HTTP_PORT: String(HTTP_PORT),
      SWARMPLANE_ROUTER_HTTPS_PORT: String(HTTPS_PORT),
      SWARMPLANE_ROUTER_PUBLIC_HTTPS_PORT: String(input.httpsPort ?? DEFAULT_HTTPS_PORT),
      SWARMPLANE_ROUTER_DIR: DATA_DIR,
      SWARMPLANE_ROUTER_RUN_DIR: RUN_DIR,
      SWARMPLANE_STOP_GRACE_SECONDS: String(GRACE_SECONDS),
      SWARMPLANE_ACCESS_LOG: (input.accessLog ?? false) ? 'on' : 'off',
    },
    user: `${USER}:${USER}`,
    init: true,
    readOnly: true,
    capabilityDrop: ['ALL'],
    mounts: [
      { type: 'tmpfs', target: RUN_DIR, tmpfsOptions: { mode: ALL_WRITE } },
      { type: 'volume', source: `${input.name ?? DEFAULT_NAME}-state`, target: DATA_DIR },
      ...(socket
        ? [{ type: 'bind', source: posix.dirname(socket), target: SOCKET_DIR, readOnly: true } as const]
        : []),
    ],
    secrets: [...file(parts.tokenSecret, TOKEN_FILE), ...file(parts.keySecret, KEY_FILE)],
    healthcheck: {
      test: ['CMD', 'swarmplane', 'health'],
      interval: 5 * MS,
      // A machine that is busy is no reason to take its router away.
      timeout: 10 * MS,
      startPeriod: 30 * MS,
      retries: 6,
    },
    stopGracePeriod: GRACE_SECONDS * MS,
    networks: parts.networks.map((network) => ({ network })),
    // Nobody asks for the routers by the name of their service, and a virtual IP takes an address of each network.
    endpointMode: isHost ? 'dnsrr' : 'vip',
    ports: portsOf(input).map(([targetPort, publishedPort]) => ({
      targetPort,
      publishedPort,
      publishMode: publishMode ?? 'host',
    })),
    placement: { constraints: input.constraints ?? [] },
    updateConfig: { ...update, failureAction: 'rollback' },
    rollbackConfig: { ...update, failureAction: 'pause' },
  };
}

const file = (secret: string | null, target: string) =>
  secret === null ? [] : [{ secret, target, uid: USER, gid: USER, mode: OWNER_READS }];

/** Pairs of the port in the container, and the published one. */
function portsOf({ httpPort, httpsPort, tcpPorts }: DeployRoutersInput): [number, number][] {
  return [
    [HTTP_PORT, httpPort ?? DEFAULT_HTTP_PORT],
    [HTTPS_PORT, httpsPort ?? DEFAULT_HTTPS_PORT],
    ...(tcpPorts ?? []).map((port): [number, number] => [port, port]),
  ];
}

/** The path of the server's socket; null where it is reached otherwise. */
export function socketOf(server: string): string | null {
  return /^unix:(?:\/\/)?(\/[^\0]+\/[^/\0]+)$/.exec(server)?.[1] ?? null;
}

function checkDeployment(input: DeployRoutersInput): FieldError[] {
  const url = URL.parse(input.server);
  const isUrl = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  const published = portsOf(input).map(([, port]) => port);
  return [
    ...(isUrl || socketOf(input.server)
      ? []
      : [
          {
            pointer: '/server',
            detail:
              'Say it as http://tasks.swarmplane_server:7400, without a path, or as unix:/path/of/its/socket.',
          },
        ]),
    ...published.flatMap((port, index) =>
      published.indexOf(port) === index
        ? []
        : [
            {
              pointer: index < 2 ? '/httpsPort' : `/tcpPorts/${index - 2}`,
              detail: `Port ${port} is said twice.`,
            },
          ],
    ),
    ...(input.tcpPorts ?? []).flatMap((port, index) =>
      port === HTTP_PORT || port === HTTPS_PORT
        ? [
            {
              pointer: `/tcpPorts/${index}`,
              detail: `Routers have port ${port} for themselves. Choose another.`,
            },
          ]
        : [],
    ),
    ...(input.trustedProxies ?? []).flatMap((range, index) =>
      isRange(range)
        ? []
        : [{ pointer: `/trustedProxies/${index}`, detail: `"${range}" is no range such as 10.0.0.0/8.` }],
    ),
    ...(typeof input.replicas === 'number' && input.mode !== 'replicated'
      ? [
          {
            pointer: '/replicas',
            detail: 'Only of mode `replicated`: of the mode `global`, each node has one.',
          },
        ]
      : []),
  ];
}
