import type { ServiceSpec } from '../../src/domain/service.ts';

/**
 * What of a spec is not everybody's to have, found in another way than the policy does: as texts, by what is known to be
 * harmless, with no rules. It knows the world of `admission-world.ts`.
 */
export function privilegesOf(spec: ServiceSpec): Set<string> {
  const found = new Set<string>();
  const unless = (isHarmless: boolean, ...what: unknown[]): void => {
    if (!isHarmless) found.add(JSON.stringify(what));
  };
  for (const mount of spec.mounts) {
    const { type, source, bindOptions, volumeOptions } = mount;
    unless(
      type === 'tmpfs' || (type === 'volume' && !/[^\w.-]|^[^a-zA-Z0-9]|^$/.test(source ?? 'none')),
      mount,
    );
    unless(!/shared|slave/.test(bindOptions?.propagation ?? ''), mount);
    unless(!/[^l]/.test((volumeOptions?.driver?.name ?? '').replace('local', '')), mount);
    unless(Object.keys(volumeOptions?.driver?.options ?? {}).length === 0, mount);
    for (const [key, value] of Object.entries(volumeOptions?.labels ?? {})) unless(isFree(key), key, value);
  }
  for (const [key, value] of Object.entries(spec.labels)) unless(isFree(key), 'service', key, value);
  for (const [key, value] of Object.entries(spec.containerLabels)) {
    unless(isFree(key), 'container', key, value);
  }
  for (const secret of spec.secrets) unless(false, 'secret', secret);
  for (const config of spec.configs) unless(false, 'config', config);
  for (const host of spec.hosts) unless(false, 'host', host);
  for (const part of Object.values(spec.dnsConfig).flat()) unless(false, 'dns', part);
  for (const [key, value] of Object.entries(spec.sysctls)) unless(false, 'sysctl', key, value);
  for (const ulimit of spec.ulimits) unless(false, 'ulimit', ulimit);
  for (const name of spec.capabilityAdd) unless(false, 'capability', name.toUpperCase().replace(/^CAP_/, ''));
  const { seccomp, appArmor, seLinuxContext, credentialSpec } = spec.privileges ?? {};
  unless(!/unconfined|custom/.test(JSON.stringify(seccomp ?? '')), 'seccomp', seccomp);
  unless(!/disabled/.test(JSON.stringify(appArmor ?? '')), 'apparmor', appArmor);
  unless(!seLinuxContext, 'selinux', seLinuxContext);
  unless(!credentialSpec, 'credentials', credentialSpec);
  unless(spec.isolation === 'default', 'isolation', spec.isolation);
  unless(spec.oomScoreAdj === 0, 'oom', spec.oomScoreAdj);
  unless(!/^(?:$|[+-]?0*(?::|$))|root|:[+-]?0+$/i.test(spec.user ?? 'app'), 'user', spec.user);
  for (const group of spec.groups) unless(!/^(?:[+-]?0+|root)$/.test(group), 'group', group);
  for (const { networkId, aliases, driverOptions } of spec.networks) {
    const stack = spec.labels['com.docker.stack.namespace'];
    unless(networkId === 'open' || (networkId === 'pay' && stack === 'pay'), 'network', networkId);
    for (const [key, value] of Object.entries(driverOptions)) unless(false, 'option', networkId, key, value);
    const taken = networkId === 'open' ? /^(?:db|cache|store)$/i : /^$/;
    for (const alias of aliases) unless(!/\./.test(alias) && !taken.test(alias), 'name', networkId, alias);
    unless(!taken.test(spec.name), 'name', networkId, spec.name);
    const { hostname } = spec;
    unless(!/\{\{(?!\.Node\.Hostname\}\})/.test(hostname ?? ''), 'hostname', networkId, hostname);
    unless(!taken.test(hostname ?? 'none'), 'hostname', networkId, hostname);
  }
  for (const port of spec.ports) {
    const isReserved = [22, 2375, 2376, 2377, 4789, 7400, 7946].includes(port.publishedPort ?? 0);
    unless(port.publishMode === 'ingress' && !isReserved, 'port', port);
  }
  const where = spec.placement.constraints.join().toLowerCase();
  unless(
    !/role==manager|role!=worker|id==m1|hostname==boss|zone!=a/.test(where.replaceAll(' ', '')),
    'where',
    where,
  );
  unless(/^$|^json-file$|^local$/.test(spec.logDriver?.name ?? ''), 'logs', spec.logDriver);
  return found;
}

/** What would run, and of what; another one has what the containers have. */
export function programOf(spec: ServiceSpec): string {
  const { image, command, args, env, dir, user, groups, healthcheck, mounts, secrets, configs } = spec;
  return JSON.stringify([
    ...[image, command, args, Object.entries(env).toSorted(), dir, user, groups],
    ...[healthcheck, mounts, secrets, configs],
  ]);
}

/** Labels go with the object, and the engine itself deals with logs, limits and hosts: no program has them. */
export const isOfProgram = (privilege: string): boolean =>
  !/^\["(?:service|container|logs|ulimit|oom|host|dns|option|io\.swarmplane|com\.docker)/.test(privilege);

const isFree = (key: string): boolean =>
  !/^(?:io\.swarmplane\.|swarmplane\.(?:operation|probe)|com\.docker\.)/.test(key);
