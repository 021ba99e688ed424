import type { Privileges } from '../container.ts';
import { pointerTo } from '../errors.ts';
import type { ServiceSpec } from '../service.ts';
import { unknownParts, type Privilege } from './privilege.ts';

/** Whatever loosens the confinement of the containers, and what kept them from more privileges, when it goes. */
export function privilegesPrivileges({ privileges }: ServiceSpec, before: ServiceSpec | null): Privilege[] {
  const isLoosened = before?.privileges?.noNewPrivileges === true && !privileges?.noNewPrivileges;
  return [
    ...(isLoosened
      ? [asked('privileges', '/privileges/noNewPrivileges', 'no-new-privileges=false', false)]
      : []),
    ...(privileges ? ofPrivileges(privileges) : []),
  ];
}

function ofPrivileges(all: Privileges): Privilege[] {
  const { credentialSpec, seLinuxContext, seccomp, appArmor, noNewPrivileges: _kept, ...rest } = all;
  const isLoose = seccomp !== null && (seccomp.mode !== 'default' || seccomp.profile !== null);
  return [
    ...(credentialSpec
      ? [asked('privileges', '/privileges/credentialSpec', 'credential-spec', credentialSpec)]
      : []),
    ...(seLinuxContext ? [asked('privileges', '/privileges/seLinuxContext', 'selinux', seLinuxContext)] : []),
    ...(isLoose ? [asked('privileges', '/privileges/seccomp', `seccomp=${seccomp.mode}`, seccomp)] : []),
    ...(appArmor && appArmor.mode !== 'default'
      ? [asked('privileges', '/privileges/appArmor', `apparmor=${appArmor.mode}`, appArmor)]
      : []),
    ...unknownParts('/privileges', rest),
  ];
}

/** Less isolation than Windows gives by itself: one kernel for all containers. */
export function isolationPrivileges({ isolation }: ServiceSpec): Privilege[] {
  return isolation === 'default'
    ? []
    : [asked('privileges', '/isolation', `isolation=${isolation}`, isolation)];
}

/** Every capability beyond the usual ones. */
export function capabilityPrivileges({ capabilityAdd }: ServiceSpec): Privilege[] {
  return capabilityAdd.map((name, index) => capability(`/capabilityAdd/${index}`, name));
}

/** Capabilities that the containers did not have, and would have again. */
export function regainedCapabilities(
  { capabilityDrop }: ServiceSpec,
  before: ServiceSpec | null,
): Privilege[] {
  const dropped = capabilityDrop.map(nameOfCapability);
  if (dropped.includes('ALL')) return [];
  return (before?.capabilityDrop ?? [])
    .filter((name) => !dropped.includes(nameOfCapability(name)))
    .map((name) => capability('/capabilityDrop', name));
}

function capability(pointer: string, given: string): Privilege {
  const name = nameOfCapability(given);
  return asked('capabilities', pointer, name, name);
}

/** As Docker takes them: in any case, with or without the prefix. */
function nameOfCapability(name: string): string {
  const upper = name.toUpperCase();
  return upper === 'ALL' || upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
}

export function sysctlPrivileges({ sysctls }: ServiceSpec): Privilege[] {
  return Object.entries(sysctls).map(([key, value]) =>
    asked('sysctls', pointerTo('/sysctls', key), `${key}=${value}`, value),
  );
}

export function ulimitPrivileges({ ulimits }: ServiceSpec): Privilege[] {
  return ulimits.map((ulimit, index) => asked('ulimits', `/ulimits/${index}`, ulimit.name, ulimit));
}

export function oomPrivileges({ oomScoreAdj }: ServiceSpec): Privilege[] {
  return oomScoreAdj === 0 ? [] : [asked('oom-score', '/oomScoreAdj', String(oomScoreAdj), oomScoreAdj)];
}

function asked(rule: Privilege['rule'], pointer: string, name: string, value: unknown): Privilege {
  return { rule, pointer, name, value };
}
