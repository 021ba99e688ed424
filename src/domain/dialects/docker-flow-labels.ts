export const DOCKER_FLOW_PREFIX = 'com.df.';

const RAW =
  'Text for HAProxy’s own configuration is not taken from labels. Say it with other labels, or by a route of the API.';
const TEMPLATE = 'Templates of HAProxy’s configuration are not taken from labels.';
const ELSEWHERE = 'Requests would go on to tasks that it should keep them from.';
const CONDITION = 'Without it the route would take requests that are not meant for it.';

/** Labels that refuse their route: what they ask for is not done, and without it too much would be let in. */
export const REFUSED: Readonly<Record<string, string>> = {
  backendExtra: RAW,
  templateFePath: TEMPLATE,
  templateBePath: TEMPLATE,
  consulTemplateFePath: TEMPLATE,
  consulTemplateBePath: TEMPLATE,
  servicePathExclude: ELSEWHERE,
  userAgent: `User agents are matched by a part of their text, which routes do not. ${CONDITION}`,
  outboundHostname: 'Routes lead to services of this swarm only.',
  usersSecret: 'Secrets cannot be read. Give hashes: users, with usersPassEncrypted.',
};

const OWN_PORTS = 'Routers have ports of their own, on which they serve all routes.';
const SWARM_TOLD = 'Routers learn of tasks from the swarm itself.';
const ALIEN_PROTO = 'What other proxies say of the protocol is not looked at. Use httpsOnly.';
/** Labels that change nothing here, and why. */
export const IGNORED: Readonly<Record<string, string>> = {
  aclName: 'The order of routes is by what they match, not by names.',
  httpsPort: 'Requests over HTTPS go to the same port as all.',
  srcPort: OWN_PORTS,
  srcHttpsPort: OWN_PORTS,
  serviceCert:
    'Certificates, and above all their keys, do not belong into labels. Routers have them from the API.',
  connectionMode: 'Routers keep connections alive on both sides.',
  checkResolvers: SWARM_TOLD,
  discoveryType: SWARM_TOLD,
  shortName: 'Services have their full names.',
  proxyInstanceName: 'Every router serves the route.',
  httpsRedirectCode: 'The redirect to HTTPS is a 308.',
  redirectWhenHttpProto: ALIEN_PROTO,
  redirectUnlessHttpsProto: ALIEN_PROTO,
  compressionAlgo: 'Routers do not compress.',
  compressionType: 'Routers do not compress.',
  timeoutClient: 'Routers have one timeout for all clients.',
  clitcpka: 'Routers keep connections of clients alive by rules of their own.',
  serviceGroup: 'Services are not put together by a name. One route has several backends.',
  balanceGroup: 'Services are not put together by a name. One route has several backends.',
  userDef: 'It is for templates, which are not taken from labels.',
};

/** Labels that are read in `docker-flow.ts`, and those whose wish is fulfilled anyway. */
export const READ = [
  'notify',
  'distribute',
  'serviceName',
  'port',
  'reqMode',
  'pathType',
  'servicePath',
  'serviceDomain',
  'serviceDomainAlgo',
  'serviceDomainMatchAll',
  'serviceHeader',
  'allowedMethods',
  'deniedMethods',
  'denyHttp',
  'httpsOnly',
  'redirectFromDomain',
  'reqPathSearch',
  'reqPathReplace',
  'reqPathSearchReplace',
  'timeoutServer',
  'timeoutTunnel',
  'sessionType',
  'sslVerifyNone',
  'verifyClientSsl',
  'users',
  'usersPassEncrypted',
  'ignoreAuthorization',
  'isDefaultBackend',
  'checkTcp',
  'addHeader',
  'setHeader',
  'addReqHeader',
  'setReqHeader',
  'delReqHeader',
  'addResHeader',
  'setResHeader',
  'delResHeader',
  'xForwardedProto',
  // Of its siblings: they are not about routes.
  'alertName',
  'alertIf',
  'alertFor',
  'alertAnnotations',
  'alertLabels',
  'alertPersistent',
  'scrapePort',
  'scrapeNetwork',
  'reschedule',
] as const;

/** Labels that make a destination, plain or with an index. */
export const DESTINATION = ['servicePath', 'port', 'serviceDomain', 'httpsPort'];
