import pino from 'pino';
import { createApp } from './app.ts';
import { listenOnSocket } from './api/unix-socket.ts';
import { serverName } from './audit/server-name.ts';
import { adminToken } from './auth/admin-token.ts';
import { installationKey } from './certificates/installation-key.ts';
import { loadConfig } from './config.ts';
import { isKind } from './domain/errors.ts';
import { chooseSource } from './swarm/choose-source.ts';
import { dockerOptions } from './swarm/docker/docker-endpoint.ts';
import { DockerGateway } from './swarm/docker/docker-gateway.ts';
import { ServerTls } from './tls/server-tls.ts';

/** Connections that wait to be taken: where more come at once, such as health checks behind a crowd, they try again seconds later. */
const BACKLOG = 4_096;

try {
  const config = loadConfig();
  const log = pino({ level: config.logLevel });
  const gateway = new DockerGateway(dockerOptions(config.docker), config.engineTimeoutMs);
  const source = chooseSource(config, gateway, {
    log: (message) => log.info(message),
    warn: (message) => log.warn(message),
  });
  const ports = { gateway, source };
  const settings = {
    adminToken: adminToken(config.adminToken, config.dataDir),
    audit: {
      database: config.database,
      retentionDays: config.auditRetentionDays,
      server: serverName(config.dataDir),
    },
    routerToken: config.routerToken,
    limits: config.limits,
    allowedOrigins: config.allowedOrigins,
    oidcIssuers: config.oidcIssuers,
    addressPools: config.addressPools,
    reservedRanges: config.reservedRanges,
    probeImage: config.probeImage,
    certificateKey: installationKey(config.certificateKey, config.dataDir),
    attachRouters: config.attachRouters,
    serverMetrics: config.serverMetrics,
    dns: config.dns,
    swarmListener: config.swarmListener,
    tls: config.tls && new ServerTls(config.tls),
    clientRoles: config.clientRoles,
  };
  const app = await createApp(ports, settings, log);
  if (config.socket !== null) listenOnSocket(app.getHttpAdapter().getInstance(), config.socket);
  await app.listen({ host: config.host, port: config.port, backlog: BACKLOG });
  log.info(`Listening on ${await app.getUrl()}.`);
} catch (error) {
  // What the operator can mend is told in a sentence; anything else is a bug and shows its stack.
  process.stderr.write(
    `${isKind(error, 'invalid') ? error.message : String((error as Error).stack ?? error)}\n`,
  );
  // What has begun already, such as following the swarm, would keep a server alive that cannot be reached.
  process.exit(1);
}
