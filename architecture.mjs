// The floors of the house, from the ground up: a file may import its own floor and those below, never above.
// One definition for the lint rule (eslint.config.mjs) and the test (test/unit/architecture.test.ts).

/** @type {readonly (readonly string[])[]} each floor is a list of rooms: folders of `src`, or files in it */
export const FLOORS = [
  ['domain'],
  ['database', 'proxy', 'swarm'],
  ['api'],
  [
    'audit',
    'admission',
    'auth',
    'certificates',
    'cluster',
    'discovery',
    'dns',
    'dockerflow',
    'events',
    'grants',
    'ipam',
    'networks',
    'nodes',
    'operations',
    'ports',
    'probe',
    'prometheus',
    'router',
    'routers',
    'routing',
    'secrets',
    'services',
    'tasks',
    'tls',
  ],
  ['app.module.ts', 'app.ts', 'config.ts', 'graph.module.ts', 'main.ts', 'router.main.ts', 'tools'],
];

/** Packages that the domain may use: pure functions over values. */
export const DOMAIN_PACKAGES = ['ipaddr.js'];

/** Packages that know Docker: only the adapter layer may. */
export const ENGINE_PACKAGES = ['dockerode', '@grpc/grpc-js', 'protobufjs'];

/** @param {string} path below `src`, with forward slashes */
export function floorOf(path) {
  const room = path.split('/')[0];
  return FLOORS.findIndex((rooms) => rooms.includes(room));
}

/** Packages that know a database: only the room for that may. Kysely, which makes statements for any, may be used above. */
export const DATABASE_PACKAGES = ['pg'];

/**
 * Why `from` may not import `to`; undefined when it may.
 * @param {string} from path below `src`
 * @param {string} to path below `src` for a relative import, else the package's name
 * @param {boolean} relative
 * @returns {string | undefined}
 */
export function forbidden(from, to, relative) {
  const floor = floorOf(from);
  if (floor < 0) return `${from} is in no room of the house: give it one in architecture.mjs`;
  if (relative) {
    const target = floorOf(to);
    if (target < 0) return `${to} is in no room of the house`;
    return target > floor ? `${from} must not import ${to}: imports go down only` : undefined;
  }
  if (floor === 0 && !DOMAIN_PACKAGES.includes(to)) return `the domain must not import ${to}`;
  if (ENGINE_PACKAGES.includes(to) && from.split('/')[0] !== 'swarm' && from !== 'main.ts') {
    return `only src/swarm may know Docker, so ${from} must not import ${to}`;
  }
  if (DATABASE_PACKAGES.includes(to) && from.split('/')[0] !== 'database') {
    return `only src/database may know databases, so ${from} must not import ${to}`;
  }
  return undefined;
}
