import { templateChanges } from '../task-template.ts';
import type { ServiceSpec } from '../service.ts';
import { imagePrivileges } from './images.ts';
import {
  capabilityPrivileges,
  isolationPrivileges,
  oomPrivileges,
  privilegesPrivileges,
  regainedCapabilities,
  sysctlPrivileges,
  ulimitPrivileges,
} from './kernel.ts';
import { labelPrivileges } from './labels.ts';
import { logDriverPrivileges } from './logging.ts';
import { mountPrivileges } from './mounts.ts';
import { dnsPrivileges, hostPrivileges, namePrivileges } from './names.ts';
import { placementPrivileges } from './placement.ts';
import { portPrivileges } from './ports.ts';
import type { Privilege } from './privilege.ts';
import { configPrivileges, networkPrivileges, secretPrivileges } from './references.ts';
import { resourcePrivileges } from './resources.ts';
import type { Surroundings } from './surroundings.ts';
import { groupPrivileges, userPrivileges } from './users.ts';

/** Finds what a field asks for. `before` is what the spec replaces; null where it replaces nothing. */
type Finder = (spec: ServiceSpec, before: ServiceSpec | null, around: Surroundings) => Privilege[];

/** A field that nobody needs leave for, whatever is in it. */
const FREE: Finder = () => [];

/** How each field of a service is judged. One that is added to the spec does not compile before it is named here. */
const FINDERS: Readonly<Record<keyof ServiceSpec, Finder>> = {
  name: FREE,
  labels: (spec, before, around) => labelPrivileges('/labels', spec.labels, before?.labels ?? {}, around),
  mode: FREE,
  replicas: FREE,
  maxConcurrent: FREE,
  totalCompletions: FREE,
  image: imagePrivileges,
  command: FREE,
  args: FREE,
  env: FREE,
  dir: FREE,
  user: userPrivileges,
  groups: groupPrivileges,
  hostname: FREE,
  containerLabels: (spec, before, around) =>
    labelPrivileges('/containerLabels', spec.containerLabels, before?.containerLabels ?? {}, around),
  hosts: hostPrivileges,
  dnsConfig: dnsPrivileges,
  init: FREE,
  tty: FREE,
  openStdin: FREE,
  readOnly: FREE,
  stopSignal: FREE,
  stopGracePeriod: FREE,
  healthcheck: FREE,
  mounts: mountPrivileges,
  secrets: secretPrivileges,
  configs: configPrivileges,
  sysctls: sysctlPrivileges,
  ulimits: ulimitPrivileges,
  capabilityAdd: capabilityPrivileges,
  capabilityDrop: regainedCapabilities,
  privileges: privilegesPrivileges,
  isolation: isolationPrivileges,
  oomScoreAdj: oomPrivileges,
  // Name and hostname are judged along with the aliases: what they answer to depends on the networks.
  networks: (...given) => [...networkPrivileges(...given), ...namePrivileges(...given)],
  endpointMode: FREE,
  ports: portPrivileges,
  placement: placementPrivileges,
  resources: resourcePrivileges,
  restartPolicy: FREE,
  updateConfig: FREE,
  rollbackConfig: FREE,
  logDriver: logDriverPrivileges,
  forceUpdate: FREE,
};

/** All that a service asks for that is not everybody's to have. */
export function servicePrivileges(
  spec: ServiceSpec,
  before: ServiceSpec | null,
  around: Surroundings,
): Privilege[] {
  const unknown = Object.entries(spec).filter(([field]) => !Object.hasOwn(FINDERS, field));
  return [
    ...Object.values(FINDERS).flatMap((find) => find(spec, before, around)),
    ...unknown.map(([field, value]): Privilege => {
      const pointer = `/${field}`;
      return { rule: 'unknown', pointer, name: pointer, value };
    }),
  ];
}

/** What decides which program runs in the containers, and what it does. */
const PROGRAM: ReadonlySet<keyof ServiceSpec> = new Set<keyof ServiceSpec>([
  'image',
  'command',
  'args',
  'env',
  'dir',
  'user',
  'groups',
  'healthcheck',
  'mounts',
  'secrets',
  'configs',
]);

/** The fields by which another program would run than before, as JSON pointers. */
export function programChanges(before: ServiceSpec, after: ServiceSpec): string[] {
  return templateChanges(before, after)
    .filter((field) => PROGRAM.has(field))
    .map((field) => `/${field}`);
}
