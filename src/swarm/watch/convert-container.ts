import {
  APPARMOR_MODES,
  ISOLATIONS,
  MOUNT_TYPES,
  PROPAGATIONS,
  SECCOMP_MODES,
  type ContainerSettings,
  type Driver,
  type FileTarget,
  type Healthcheck,
  type Mount,
  type Privileges,
} from '../../domain/container.ts';
import { NO_DNS } from '../../domain/container-defaults.ts';
import { durationFromSwarmkit, wordFor } from './convert-common.ts';
import type {
  ConfigReferenceMessage,
  ContainerMessage,
  Driver as DriverMessage,
  FileTargetMessage,
  HealthMessage,
  MountMessage,
  PrivilegesMessage,
} from './messages.ts';

/** What swarmkit says of how a container is set up, the same as `CONTAINER_FIELDS` read of the Engine's answer. */
export function containerFromSwarmkit(container: ContainerMessage | null | undefined): ContainerSettings {
  return {
    groups: container?.groups ?? [],
    hosts: container?.hosts ?? [],
    dnsConfig: container?.dnsConfig
      ? {
          nameservers: container.dnsConfig.nameservers ?? [],
          search: container.dnsConfig.search ?? [],
          options: container.dnsConfig.options ?? [],
        }
      : NO_DNS,
    init: container?.init ? (container.init.value ?? false) : null,
    tty: container?.tty ?? false,
    openStdin: container?.openStdin ?? false,
    readOnly: container?.readOnly ?? false,
    stopSignal: container?.stopSignal || null,
    healthcheck: container?.healthcheck ? healthcheckFromSwarmkit(container.healthcheck) : null,
    mounts: container?.mounts?.map(mountFromSwarmkit) ?? [],
    // What is no file is not shown by the Engine either (moby, `daemon/cluster/convert/container.go`).
    secrets: (container?.secrets ?? []).flatMap(({ secretId = '', secretName = '', file }) =>
      file ? [{ secretId, secretName, ...fileFromSwarmkit(file) }] : [],
    ),
    configs: (container?.configs ?? []).flatMap(({ configId = '', configName = '', file }) =>
      file ? [{ configId, configName, ...fileFromSwarmkit(file) }] : [],
    ),
    sysctls: container?.sysctls ?? {},
    ulimits:
      container?.ulimits?.map(({ name = '', soft = 0, hard = 0 }) => ({
        name,
        soft,
        hard,
      })) ?? [],
    capabilityAdd: container?.capabilityAdd ?? [],
    capabilityDrop: container?.capabilityDrop ?? [],
    privileges: container?.privileges
      ? privilegesFromSwarmkit(container.privileges, container.configs ?? [])
      : null,
    isolation: wordFor(ISOLATIONS, container?.isolation, 'default'),
    oomScoreAdj: container?.oomScoreAdj ?? 0,
  };
}

/** A driver by its name and options. */
export function driverFromSwarmkit(driver: DriverMessage): Driver {
  return { name: driver.name ?? '', options: driver.options ?? {} };
}

function fileFromSwarmkit(file: FileTargetMessage): FileTarget {
  return { target: file.name ?? '', uid: file.uid ?? '', gid: file.gid ?? '', mode: file.mode ?? 0 };
}

function healthcheckFromSwarmkit(health: HealthMessage): Healthcheck {
  return {
    test: health.test ?? [],
    // The Engine always writes all of them there, and leaves those of zero out of its own answers.
    interval: durationFromSwarmkit(health.interval) || null,
    timeout: durationFromSwarmkit(health.timeout) || null,
    retries: health.retries || null,
    startPeriod: durationFromSwarmkit(health.startPeriod) || null,
    startInterval: durationFromSwarmkit(health.startInterval) || null,
  };
}

function mountFromSwarmkit(mount: MountMessage): Mount {
  const { bindOptions, volumeOptions, tmpfsOptions } = mount;
  return {
    type: wordFor(MOUNT_TYPES, mount.type, 'bind'),
    source: mount.source || null,
    target: mount.target ?? '',
    readOnly: mount.readonly ?? false,
    // swarmkit has a field for it that the Engine neither writes nor reads.
    consistency: null,
    bindOptions: bindOptions
      ? {
          propagation: wordFor(PROPAGATIONS, bindOptions.propagation, 'rprivate'),
          nonRecursive: bindOptions.nonrecursive ?? false,
          readOnlyNonRecursive: bindOptions.readonlynonrecursive ?? false,
          readOnlyForceRecursive: bindOptions.readonlyforcerecursive ?? false,
        }
      : null,
    volumeOptions: volumeOptions
      ? {
          noCopy: volumeOptions.nocopy ?? false,
          labels: volumeOptions.labels ?? {},
          driver: volumeOptions.driverConfig ? driverFromSwarmkit(volumeOptions.driverConfig) : null,
          subpath: volumeOptions.subpath || null,
        }
      : null,
    tmpfsOptions: tmpfsOptions
      ? { sizeBytes: tmpfsOptions.sizeBytes || null, mode: tmpfsOptions.mode || null }
      : null,
  };
}

function privilegesFromSwarmkit(
  privileges: PrivilegesMessage,
  configs: readonly ConfigReferenceMessage[],
): Privileges {
  const { credentialSpec, selinuxContext, seccomp, apparmor } = privileges;
  const configId = credentialSpec?.config || null;
  const config = configs.find((reference) => !reference.file && reference.configId === configId);
  return {
    credentialSpec: credentialSpec
      ? {
          file: credentialSpec.file || null,
          registry: credentialSpec.registry || null,
          configId,
          configName: config?.configName || null,
        }
      : null,
    seLinuxContext: selinuxContext
      ? {
          disable: selinuxContext.disable ?? false,
          user: selinuxContext.user || null,
          role: selinuxContext.role || null,
          type: selinuxContext.type || null,
          level: selinuxContext.level || null,
        }
      : null,
    seccomp: seccomp
      ? {
          mode: wordFor(SECCOMP_MODES, seccomp.mode, 'default'),
          profile: seccomp.profile?.length ? Buffer.from(seccomp.profile).toString() : null,
        }
      : null,
    appArmor: apparmor ? { mode: wordFor(APPARMOR_MODES, apparmor.mode, 'default') } : null,
    noNewPrivileges: privileges.noNewPrivileges ?? false,
  };
}
