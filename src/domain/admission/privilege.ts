/** What admission keeps to those that may: each rule, and what it is about. */
export const ADMISSION_RULES = {
  mounts: 'mounts of what belongs to the node',
  'sensitive-mounts': 'mounts of what governs the node, such as the Docker socket',
  'mount-propagation': 'mounts that spread between container and node',
  'volume-drivers': 'drivers of volumes, and what they are told',
  privileges: 'what confines a container, loosened',
  capabilities: 'capabilities of the kernel',
  sysctls: 'parameters of the kernel',
  ulimits: 'limits of processes',
  'oom-score': 'who dies when memory runs out',
  'root-user': 'running as root, or in its group',
  hosts: 'entries of /etc/hosts',
  dns: 'name servers and search domains',
  names: 'DNS names that another service has, or that may be outside of the swarm',
  secrets: 'secrets',
  configs: 'configs',
  networks: 'networks that are not for everybody',
  'driver-options': 'options of network drivers',
  'host-ports': 'ports of the nodes themselves',
  'reserved-ports': 'published ports that are reserved',
  'manager-placement': 'places on managers',
  images: 'images',
  'reserved-labels': 'labels that are reserved',
  'log-drivers': 'log drivers that send logs elsewhere',
  'network-drivers': 'networks of other drivers',
  subnets: 'subnets that overlap',
  unknown: 'what this version does not know',
} as const;

export type AdmissionRule = keyof typeof ADMISSION_RULES;

/** One thing that a spec asks for and that is not everybody's to have. */
export interface Privilege {
  readonly rule: AdmissionRule;
  /** JSON pointer (RFC 6901) into the spec. */
  readonly pointer: string;
  /** By what exceptions know it, as in `bind:/srv/data`. */
  readonly name: string;
  /** All of what is asked for, as JSON: a spec that has the same has the same privilege. */
  readonly value: unknown;
}

/**
 * What a rule would have to know and does not. Its argument has no property, which the compiler sees to: a part that is
 * added to a spec must be named by the rule that takes it apart. What is there all the same, at run time, is denied.
 */
export function unknownParts(pointer: string, rest: Readonly<Record<string, never>>): Privilege[] {
  return Object.entries(rest as Readonly<Record<string, unknown>>).map(([name, value]) => ({
    rule: 'unknown',
    pointer: `${pointer}/${name}`,
    name: `${pointer}/${name}`,
    value,
  }));
}
