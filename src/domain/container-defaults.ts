import type {
  AppArmor,
  BindOptions,
  ConfigReference,
  ContainerSettings,
  CredentialSpec,
  DnsConfig,
  Driver,
  Healthcheck,
  Mount,
  Privileges,
  Seccomp,
  SecretReference,
  SeLinuxContext,
  TmpfsOptions,
  VolumeOptions,
} from './container.ts';
import { fill, fillEach, type Partly } from './partly.ts';

/** What the nodes have. */
export const NO_DNS: DnsConfig = { nameservers: [], search: [], options: [] };
const HEALTHCHECK: Healthcheck = {
  test: [],
  interval: null,
  timeout: null,
  retries: null,
  startPeriod: null,
  startInterval: null,
};
const DRIVER: Driver = { name: '', options: {} };
const BIND: BindOptions = {
  propagation: null,
  nonRecursive: false,
  readOnlyNonRecursive: false,
  readOnlyForceRecursive: false,
};
const VOLUME: VolumeOptions = { noCopy: false, labels: {}, driver: null, subpath: null };
const TMPFS: TmpfsOptions = { sizeBytes: null, mode: null };
/** The engine takes a mount without a type for a bind mount; the Docker CLI for a volume, and so do we. */
const MOUNT: Mount = {
  type: 'volume',
  source: null,
  target: '',
  readOnly: false,
  consistency: null,
  bindOptions: null,
  volumeOptions: null,
  tmpfsOptions: null,
};
/** Root's, and readable by all: what the Docker CLI says where nothing is said. */
const FILE = { target: '', uid: '0', gid: '0', mode: 0o444 };
const SECRET: SecretReference = { ...FILE, secretId: '', secretName: '' };
const CONFIG: ConfigReference = { ...FILE, configId: '', configName: '' };
const PRIVILEGES: Privileges = {
  credentialSpec: null,
  seLinuxContext: null,
  seccomp: null,
  appArmor: null,
  noNewPrivileges: false,
};
const CREDENTIALS: CredentialSpec = { file: null, registry: null, configId: null, configName: null };
const SELINUX: SeLinuxContext = { disable: false, user: null, role: null, type: null, level: null };
const APPARMOR: AppArmor = { mode: 'default' };
const SECCOMP: Seccomp = { mode: 'default', profile: null };

/** A container about which nothing is said. */
export const NO_CONTAINER_SETTINGS: ContainerSettings = {
  groups: [],
  hosts: [],
  dnsConfig: NO_DNS,
  init: null,
  tty: false,
  openStdin: false,
  readOnly: false,
  stopSignal: null,
  healthcheck: null,
  mounts: [],
  secrets: [],
  configs: [],
  sysctls: {},
  ulimits: [],
  capabilityAdd: [],
  capabilityDrop: [],
  privileges: null,
  isolation: 'default',
  oomScoreAdj: 0,
};

/** Whole settings from part of them: what is not said is unset. */
export function completeContainer(partial: Partly<ContainerSettings>): ContainerSettings {
  const { healthcheck, privileges } = partial;
  return {
    ...fill(NO_CONTAINER_SETTINGS, partial),
    dnsConfig: fill(NO_DNS, partial.dnsConfig),
    healthcheck: healthcheck ? completeHealthcheck(healthcheck) : null,
    mounts: (partial.mounts ?? []).map(completeMount),
    secrets: fillEach(SECRET, partial.secrets),
    configs: fillEach(CONFIG, partial.configs),
    ulimits: fillEach({ name: '', soft: 0, hard: 0 }, partial.ulimits),
    privileges: privileges ? completePrivileges(privileges) : null,
  };
}

function completeMount(partial: Partly<Mount>): Mount {
  const { bindOptions, volumeOptions, tmpfsOptions } = partial;
  return {
    ...fill(MOUNT, partial),
    bindOptions: completeBind(bindOptions),
    volumeOptions: volumeOptions
      ? {
          ...fill(VOLUME, volumeOptions),
          driver: volumeOptions.driver ? fill(DRIVER, volumeOptions.driver) : null,
        }
      : null,
    tmpfsOptions: tmpfsOptions ? fill(TMPFS, tmpfsOptions) : null,
  };
}

/** The Engine has no bind options that say nothing. */
function completeBind(partial: Partly<Mount>['bindOptions']): BindOptions | null {
  const whole = fill(BIND, partial);
  return Object.values(whole).some(Boolean) ? whole : null;
}

/** Zero is how Docker says that a part is inherited; ours is null. */
function completeHealthcheck(partial: Partly<Healthcheck>): Healthcheck {
  const { test, interval, timeout, retries, startPeriod, startInterval } = fill(HEALTHCHECK, partial);
  return {
    test,
    interval: interval || null,
    timeout: timeout || null,
    retries: retries || null,
    startPeriod: startPeriod || null,
    startInterval: startInterval || null,
  };
}

function completePrivileges(partial: Partly<Privileges>): Privileges {
  const { credentialSpec, seLinuxContext, seccomp, appArmor } = partial;
  return {
    ...fill(PRIVILEGES, partial),
    credentialSpec: credentialSpec ? fill(CREDENTIALS, credentialSpec) : null,
    seLinuxContext: seLinuxContext ? fill(SELINUX, seLinuxContext) : null,
    seccomp: seccomp ? fill(SECCOMP, seccomp) : null,
    appArmor: appArmor ? fill(APPARMOR, appArmor) : null,
  };
}
