import type {
  AppArmor,
  AppArmorMode,
  BindOptions,
  ConfigReference,
  ContainerSettings,
  CredentialSpec,
  DnsConfig,
  Driver,
  Healthcheck,
  Isolation,
  Mount,
  MountConsistency,
  MountType,
  Privileges,
  Propagation,
  Seccomp,
  SeccompMode,
  SecretReference,
  SeLinuxContext,
  TmpfsOptions,
  Ulimit,
  VolumeOptions,
} from '../../domain/container.ts';
import {
  base64Text,
  count,
  group,
  items,
  map,
  optionalGroup,
  optionalText,
  optionalYesNo,
  positive,
  positiveDuration,
  requiredText,
  textList,
  word,
  yesNo,
  type Codec,
  type Fields,
} from './codec.ts';
import { at, documents, put, text, type Document } from './document.ts';

const CONTAINER = 'TaskTemplate.ContainerSpec';
const CONFIGS = `${CONTAINER}.Configs`;

/** A word that must be there; absent reads as `fallback`. */
const wordOr = <T extends string>(path: string, fallback: T): Codec<T> => ({
  read: (document) => (text(document, path) as T | null) ?? fallback,
  write: (document, value) => put(document, path, value),
});

const DNS: Fields<DnsConfig> = {
  nameservers: textList('Nameservers'),
  search: textList('Search'),
  options: textList('Options'),
};

const HEALTHCHECK: Fields<Healthcheck> = {
  test: textList('Test'),
  interval: positiveDuration('Interval'),
  timeout: positiveDuration('Timeout'),
  retries: positive('Retries'),
  startPeriod: positiveDuration('StartPeriod'),
  startInterval: positiveDuration('StartInterval'),
};

const BIND: Fields<BindOptions> = {
  propagation: word<Propagation>('Propagation'),
  nonRecursive: yesNo('NonRecursive'),
  readOnlyNonRecursive: yesNo('ReadOnlyNonRecursive'),
  readOnlyForceRecursive: yesNo('ReadOnlyForceRecursive'),
};

const DRIVER: Fields<Driver> = { name: requiredText('Name'), options: map('Options') };

const VOLUME: Fields<VolumeOptions> = {
  noCopy: yesNo('NoCopy'),
  labels: map('Labels'),
  driver: optionalGroup('DriverConfig', DRIVER),
  subpath: optionalText('Subpath'),
};

const TMPFS: Fields<TmpfsOptions> = { sizeBytes: positive('SizeBytes'), mode: positive('Mode') };

const MOUNT: Fields<Mount> = {
  // swarmkit's number 0: what the engine makes of a mount that does not say.
  type: wordOr<MountType>('Type', 'bind'),
  source: optionalText('Source'),
  target: requiredText('Target'),
  readOnly: yesNo('ReadOnly'),
  consistency: word<MountConsistency>('Consistency'),
  bindOptions: optionalGroup('BindOptions', BIND),
  volumeOptions: optionalGroup('VolumeOptions', VOLUME),
  tmpfsOptions: optionalGroup('TmpfsOptions', TMPFS),
};

const FILE = {
  target: requiredText('File.Name'),
  uid: requiredText('File.UID'),
  gid: requiredText('File.GID'),
  mode: count('File.Mode'),
};

const SECRET: Fields<SecretReference> = {
  ...FILE,
  secretId: requiredText('SecretID'),
  secretName: requiredText('SecretName'),
};

const CONFIG: Fields<ConfigReference> = {
  ...FILE,
  configId: requiredText('ConfigID'),
  configName: requiredText('ConfigName'),
};

const isFile = (entry: Document): boolean => at(entry, 'File') !== undefined;

const ULIMIT: Fields<Ulimit> = { name: requiredText('Name'), soft: count('Soft'), hard: count('Hard') };

const CREDENTIALS: Fields<CredentialSpec> = {
  file: optionalText('File'),
  registry: optionalText('Registry'),
  configId: optionalText('Config'),
  // Kept with the configs of the container: see `privileges`.
  configName: { read: () => null, write: () => undefined },
};

const SELINUX: Fields<SeLinuxContext> = {
  disable: yesNo('Disable'),
  user: optionalText('User'),
  role: optionalText('Role'),
  type: optionalText('Type'),
  level: optionalText('Level'),
};

const SECCOMP: Fields<Seccomp> = {
  mode: wordOr<SeccompMode>('Mode', 'default'),
  profile: base64Text('Profile'),
};
const APPARMOR: Fields<AppArmor> = { mode: wordOr<AppArmorMode>('Mode', 'default') };

const PRIVILEGES: Fields<Privileges> = {
  credentialSpec: optionalGroup('CredentialSpec', CREDENTIALS),
  seLinuxContext: optionalGroup('SELinuxContext', SELINUX),
  seccomp: optionalGroup('Seccomp', SECCOMP),
  appArmor: optionalGroup('AppArmor', APPARMOR),
  noNewPrivileges: yesNo('NoNewPrivileges'),
};

const PLAIN_PRIVILEGES = optionalGroup(`${CONTAINER}.Privileges`, PRIVILEGES);

/**
 * A credential spec from a config is two things in Docker's spec: the config's id here, and an entry among the
 * configs that says it is no file but for the runtime. Both are one field of ours.
 */
const privileges: Codec<Privileges | null> = {
  read: (spec) => {
    const read = PLAIN_PRIVILEGES.read(spec);
    const id = read?.credentialSpec?.configId;
    if (!read?.credentialSpec || !id) return read;
    const entry = documents(spec, CONFIGS).find((config) => !isFile(config) && config['ConfigID'] === id);
    return { ...read, credentialSpec: { ...read.credentialSpec, configName: text(entry, 'ConfigName') } };
  },
  write: (spec, value) => {
    PLAIN_PRIVILEGES.write(spec, value);
    const there = documents(spec, CONFIGS);
    const { configId = null, configName = null } = value?.credentialSpec ?? {};
    const entries = there.filter((config) => isFile(config) || config['ConfigID'] === configId);
    if (configId !== null && entries.every(isFile)) {
      entries.push({ ConfigID: configId, ConfigName: configName ?? undefined, Runtime: {} });
    }
    put(spec, CONFIGS, entries.length === 0 ? undefined : entries);
  },
};

/** Where each setting of a container lives in Docker's `ServiceSpec`, both ways. */
export const CONTAINER_FIELDS: Fields<ContainerSettings> = {
  groups: textList(`${CONTAINER}.Groups`),
  hosts: textList(`${CONTAINER}.Hosts`),
  dnsConfig: group(`${CONTAINER}.DNSConfig`, DNS),
  init: optionalYesNo(`${CONTAINER}.Init`),
  tty: yesNo(`${CONTAINER}.TTY`),
  openStdin: yesNo(`${CONTAINER}.OpenStdin`),
  readOnly: yesNo(`${CONTAINER}.ReadOnly`),
  stopSignal: optionalText(`${CONTAINER}.StopSignal`),
  healthcheck: optionalGroup(`${CONTAINER}.Healthcheck`, HEALTHCHECK),
  mounts: items(`${CONTAINER}.Mounts`, MOUNT, ({ target }) => target),
  secrets: items(`${CONTAINER}.Secrets`, SECRET, ({ secretId, target }) => `${secretId} ${target}`, isFile),
  configs: items(CONFIGS, CONFIG, ({ configId, target }) => `${configId} ${target}`, isFile),
  sysctls: map(`${CONTAINER}.Sysctls`),
  ulimits: items(`${CONTAINER}.Ulimits`, ULIMIT, ({ name }) => name),
  capabilityAdd: textList(`${CONTAINER}.CapabilityAdd`),
  capabilityDrop: textList(`${CONTAINER}.CapabilityDrop`),
  privileges,
  isolation: wordOr<Isolation>(`${CONTAINER}.Isolation`, 'default'),
  oomScoreAdj: count(`${CONTAINER}.OomScoreAdj`),
};
