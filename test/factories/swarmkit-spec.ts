import {
  APPARMOR_MODES,
  ISOLATIONS,
  MOUNT_TYPES,
  PROPAGATIONS,
  SECCOMP_MODES,
  type ContainerSettings,
  type FileTarget,
  type Mount,
  type Privileges,
} from '../../src/domain/container.ts';
import type { ServiceSpec } from '../../src/domain/service.ts';
import type {
  ContainerMessage,
  Duration,
  FileTargetMessage,
  MountMessage,
  PrivilegesMessage,
  ServiceSpecMessage,
} from '../../src/swarm/watch/messages.ts';

/**
 * What swarmkit would send of a spec, written the other way round than it is read. Its own conversion is moby's
 * `daemon/cluster/convert`; this one knows only what the tests need.
 */
export function specMessage(spec: ServiceSpec): ServiceSpecMessage {
  const { resources, placement, logDriver } = spec;
  return {
    annotations: { name: spec.name },
    task: {
      container: { image: spec.image, ...containerMessage(spec), pidsLimit: resources.limits.pids ?? 0 },
      resources: {
        limits: amounts(resources.limits),
        reservations: {
          ...amounts(resources.reservations),
          generic: resources.reservations.genericResources.map((one) => ({
            discreteResourceSpec: { ...one },
          })),
        },
      },
      placement: {
        platforms: placement.platforms.map(({ os, architecture }) => ({
          os: os ?? '',
          architecture: architecture ?? '',
        })),
      },
      ...(logDriver ? { logDriver: { name: logDriver.name, options: { ...logDriver.options } } } : {}),
    },
    replicated: { replicas: 1 },
  };
}

const amounts = ({
  nanoCpus,
  memoryBytes,
}: ServiceSpec['resources']['limits'] | ServiceSpec['resources']['reservations']) => ({
  nanoCpus: nanoCpus ?? 0,
  memoryBytes: memoryBytes ?? 0,
});

const duration = (milliseconds: number | null): Duration => ({
  seconds: Math.floor((milliseconds ?? 0) / 1000),
  nanos: Math.round(((milliseconds ?? 0) % 1000) * 1e6),
});

function containerMessage(spec: ContainerSettings): ContainerMessage {
  const { dnsConfig, healthcheck, privileges } = spec;
  const account = privileges?.credentialSpec;
  return {
    groups: [...spec.groups],
    hosts: [...spec.hosts],
    dnsConfig: {
      nameservers: [...dnsConfig.nameservers],
      search: [...dnsConfig.search],
      options: [...dnsConfig.options],
    },
    ...(spec.init === null ? {} : { init: { value: spec.init } }),
    tty: spec.tty,
    openStdin: spec.openStdin,
    readOnly: spec.readOnly,
    stopSignal: spec.stopSignal ?? '',
    ...(healthcheck
      ? {
          healthcheck: {
            test: [...healthcheck.test],
            interval: duration(healthcheck.interval),
            timeout: duration(healthcheck.timeout),
            retries: healthcheck.retries ?? 0,
            startPeriod: duration(healthcheck.startPeriod),
            startInterval: duration(healthcheck.startInterval),
          },
        }
      : {}),
    mounts: spec.mounts.map(mountMessage),
    secrets: spec.secrets.map(({ secretId, secretName, ...target }) => ({
      secretId,
      secretName,
      file: fileMessage(target),
    })),
    configs: [
      ...spec.configs.map(({ configId, configName, ...target }) => ({
        configId,
        configName,
        file: fileMessage(target),
      })),
      ...(account?.configId ? [{ configId: account.configId, configName: account.configName ?? '' }] : []),
    ],
    sysctls: { ...spec.sysctls },
    ulimits: spec.ulimits.map((limit) => ({ ...limit })),
    capabilityAdd: [...spec.capabilityAdd],
    capabilityDrop: [...spec.capabilityDrop],
    ...(privileges ? { privileges: privilegesMessage(privileges) } : {}),
    isolation: ISOLATIONS.indexOf(spec.isolation),
    oomScoreAdj: spec.oomScoreAdj,
  };
}

const fileMessage = ({ target, uid, gid, mode }: FileTarget): FileTargetMessage => ({
  name: target,
  uid,
  gid,
  mode,
});

function mountMessage(mount: Mount): MountMessage {
  const { bindOptions: bind, volumeOptions: volume, tmpfsOptions: tmpfs } = mount;
  return {
    type: MOUNT_TYPES.indexOf(mount.type),
    source: mount.source ?? '',
    target: mount.target,
    readonly: mount.readOnly,
    ...(bind
      ? {
          bindOptions: {
            propagation: PROPAGATIONS.indexOf(bind.propagation ?? 'rprivate'),
            nonrecursive: bind.nonRecursive,
            readonlynonrecursive: bind.readOnlyNonRecursive,
            readonlyforcerecursive: bind.readOnlyForceRecursive,
          },
        }
      : {}),
    ...(volume
      ? {
          volumeOptions: {
            nocopy: volume.noCopy,
            labels: { ...volume.labels },
            subpath: volume.subpath ?? '',
            ...(volume.driver
              ? { driverConfig: { name: volume.driver.name, options: { ...volume.driver.options } } }
              : {}),
          },
        }
      : {}),
    ...(tmpfs ? { tmpfsOptions: { sizeBytes: tmpfs.sizeBytes ?? 0, mode: tmpfs.mode ?? 0 } } : {}),
  };
}

function privilegesMessage(privileges: Privileges): PrivilegesMessage {
  const { credentialSpec: account, seLinuxContext: context, seccomp, appArmor } = privileges;
  const source = account?.file
    ? { file: account.file }
    : account?.registry
      ? { registry: account.registry }
      : { config: account?.configId ?? '' };
  return {
    ...(account ? { credentialSpec: source } : {}),
    ...(context
      ? {
          selinuxContext: {
            disable: context.disable,
            user: context.user ?? '',
            role: context.role ?? '',
            type: context.type ?? '',
            level: context.level ?? '',
          },
        }
      : {}),
    ...(seccomp
      ? {
          seccomp: {
            mode: SECCOMP_MODES.indexOf(seccomp.mode),
            ...(seccomp.profile === null ? {} : { profile: Buffer.from(seccomp.profile) }),
          },
        }
      : {}),
    ...(appArmor ? { apparmor: { mode: APPARMOR_MODES.indexOf(appArmor.mode) } } : {}),
    noNewPrivileges: privileges.noNewPrivileges,
  };
}
