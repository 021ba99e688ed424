import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where an engine listens, and how to speak to it. */
export interface EngineEndpoint {
  /** As DOCKER_HOST spells it: unix:///path or tcp://host:port. */
  host: string;
  /** Directory with ca.pem, cert.pem and key.pem; undefined means no TLS. */
  certPath?: string;
  /** Whether the engine's certificate is verified. */
  verify: boolean;
  /** Who chose it. Anything but `default` is the user's own choice and must not be replaced by another engine. */
  source: 'DOCKER_HOST' | 'context' | 'default';
  contextName?: string;
}

/** The endpoint settings name something that cannot be used; the message says what to type instead. */
export class EndpointError extends Error {
  override name = 'EndpointError';
}

export const DEFAULT_HOST = 'unix:///var/run/docker.sock';

interface ContextMeta {
  Endpoints?: { docker?: { Host?: string; SkipTLSVerify?: boolean } };
}

/**
 * Finds the engine the way the Docker CLI does: DOCKER_HOST, then the current context, then the default socket.
 * Throws `EndpointError` when the choice names something that cannot be used.
 */
export function resolveEndpoint(env: NodeJS.ProcessEnv = process.env): EngineEndpoint {
  const configDirectory = env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker');
  if (env.DOCKER_HOST) return fromEnvironment(env.DOCKER_HOST, configDirectory, env);
  const contextName = env.DOCKER_CONTEXT || currentContext(configDirectory);
  if (contextName && contextName !== 'default') return fromContext(contextName, configDirectory);
  return { host: DEFAULT_HOST, verify: false, source: 'default' };
}

function fromEnvironment(host: string, configDirectory: string, env: NodeJS.ProcessEnv): EngineEndpoint {
  checkHost(host, 'DOCKER_HOST');
  const verify = Boolean(env.DOCKER_TLS_VERIFY);
  const tls = verify || Boolean(env.DOCKER_TLS);
  const certPath = env.DOCKER_CERT_PATH || configDirectory;
  return { host, source: 'DOCKER_HOST', verify, ...(tls && host.startsWith('tcp:') ? { certPath } : {}) };
}

function fromContext(contextName: string, configDirectory: string): EngineEndpoint {
  const id = createHash('sha256').update(contextName).digest('hex');
  const metaFile = join(configDirectory, 'contexts', 'meta', id, 'meta.json');
  let meta: ContextMeta;
  try {
    meta = JSON.parse(readFileSync(metaFile, 'utf8')) as ContextMeta;
  } catch {
    throw new EndpointError(
      `The Docker context "${contextName}" has no readable ${metaFile}. Choose another with \`docker context use default\`, or set DOCKER_HOST.`,
    );
  }
  const docker = meta.Endpoints?.docker;
  const host = docker?.Host || DEFAULT_HOST;
  checkHost(host, `the Docker context "${contextName}"`);
  const certPath = join(configDirectory, 'contexts', 'tls', id, 'docker');
  return {
    host,
    source: 'context',
    contextName,
    verify: !docker?.SkipTLSVerify && existsSync(certPath),
    ...(existsSync(certPath) ? { certPath } : {}),
  };
}

function currentContext(configDirectory: string): string | undefined {
  try {
    const config = JSON.parse(readFileSync(join(configDirectory, 'config.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    return typeof config.currentContext === 'string' ? config.currentContext : undefined;
  } catch {
    return undefined;
  }
}

function checkHost(host: string, chosenBy: string): void {
  if (/^unix:\/\/\/./.test(host) || /^tcp:\/\/./.test(host)) return;
  throw new EndpointError(
    `${chosenBy} is "${host}". Swarmplane speaks unix:///path/to/docker.sock and tcp://host:port; for another transport forward it to one of these (for example \`ssh -NL /tmp/docker.sock:/var/run/docker.sock user@host\`, then DOCKER_HOST=unix:///tmp/docker.sock).`,
  );
}

/** The variables that make another program, which may not know contexts, use the same engine. */
export function endpointEnvironment(endpoint: EngineEndpoint): NodeJS.ProcessEnv {
  if (endpoint.source !== 'context') return {};
  return {
    DOCKER_HOST: endpoint.host,
    ...(endpoint.certPath ? { DOCKER_CERT_PATH: endpoint.certPath } : {}),
    ...(endpoint.certPath && endpoint.verify ? { DOCKER_TLS_VERIFY: '1' } : {}),
  };
}
