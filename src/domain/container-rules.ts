import ipaddr from 'ipaddr.js';
import type { ContainerSettings, CredentialSpec, FileTarget, Mount } from './container.ts';
import { pointerTo, type FieldError } from './errors.ts';

const MIN_DURATION_MS = 1;
const PERMISSION_BITS = 0o7777;
const HIGHEST_ID = 2 ** 31 - 1;
const CAPABILITY = /^(ALL|(CAP_)?[A-Z][A-Z0-9_]*)$/i;
const SIGNAL = /^[A-Z0-9]+([+-][0-9]+)?$/i;
const WINDOWS_PATH = /^([a-z]:[\\/]|\\\\)/i;

const isAbsolute = (path: string): boolean => path.startsWith('/') || WINDOWS_PATH.test(path);

/** Everything wrong with how a container is set up that can be known without asking Swarm; empty when nothing is. */
export function checkContainer(settings: ContainerSettings): FieldError[] {
  return [
    ...checkHosts(settings),
    ...checkHealthcheck(settings),
    ...checkMounts(settings.mounts),
    ...checkFiles('/secrets', settings.secrets),
    ...checkFiles('/configs', settings.configs),
    ...checkLimits(settings),
    ...checkCapabilities(settings),
    ...checkPrivileges(settings),
    ...(settings.stopSignal !== null && !SIGNAL.test(settings.stopSignal)
      ? [{ pointer: '/stopSignal', detail: 'Name a signal, as in "SIGTERM", or its number.' }]
      : []),
    ...Object.keys(settings.sysctls)
      .filter((name) => name.trim() === '')
      .map((name) => ({ pointer: pointerTo('/sysctls', name), detail: 'Name the setting.' })),
  ];
}

function checkHosts({ hosts, dnsConfig, groups }: ContainerSettings): FieldError[] {
  const empty = (list: readonly string[], pointer: string): FieldError[] =>
    list.flatMap((entry, index) =>
      entry.trim() === '' ? [{ pointer: `${pointer}/${index}`, detail: 'It is empty.' }] : [],
    );
  return [
    ...hosts.flatMap((line, index) => {
      const [address = '', ...names] = line.trim().split(/\s+/);
      return names.length > 0 && (address === 'host-gateway' || ipaddr.isValid(address))
        ? []
        : [
            {
              pointer: `/hosts/${index}`,
              detail: `"${line}" is no line of /etc/hosts: write it as in "192.0.2.9 backend".`,
            },
          ];
    }),
    ...dnsConfig.nameservers.flatMap((address, index) =>
      ipaddr.isValid(address)
        ? []
        : [{ pointer: `/dnsConfig/nameservers/${index}`, detail: `"${address}" is no address.` }],
    ),
    ...empty(dnsConfig.search, '/dnsConfig/search'),
    ...empty(dnsConfig.options, '/dnsConfig/options'),
    ...empty(groups, '/groups'),
  ];
}

/** Limits as swarmkit has them (`controlapi/service.go`). */
function checkHealthcheck({ healthcheck }: ContainerSettings): FieldError[] {
  if (healthcheck === null) return [];
  const { test, retries, ...rest } = healthcheck;
  const errors: FieldError[] = [];
  const [kind, ...words] = test;
  const at = '/healthcheck/test';
  if (kind !== undefined && !['NONE', 'CMD', 'CMD-SHELL'].includes(kind)) {
    errors.push({
      pointer: at,
      detail: 'Begin with "CMD" and the words of a command, with "CMD-SHELL" and a line, or say "NONE".',
    });
  } else if (kind === 'NONE' && words.length > 0) {
    errors.push({ pointer: at, detail: '"NONE" stands alone: it is no health check at all.' });
  } else if (kind === 'CMD' && words.length === 0) {
    errors.push({ pointer: at, detail: 'Say which command, after "CMD".' });
  } else if (kind === 'CMD-SHELL' && words.length !== 1) {
    errors.push({ pointer: at, detail: 'Say one line for the shell, after "CMD-SHELL".' });
  }
  const durations = { interval: rest.interval, timeout: rest.timeout, startPeriod: rest.startPeriod };
  for (const [field, value] of Object.entries({ ...durations, startInterval: rest.startInterval })) {
    if (value === null) continue;
    if (kind === 'NONE') {
      errors.push({
        pointer: `/healthcheck/${field}`,
        detail: 'There is nothing to time when the test is "NONE".',
      });
    } else if (value !== 0 && value < MIN_DURATION_MS) {
      errors.push({
        pointer: `/healthcheck/${field}`,
        detail: 'A duration is in milliseconds, and at least 1.',
      });
    }
  }
  if (retries !== null && (retries < 0 || kind === 'NONE')) {
    errors.push({
      pointer: '/healthcheck/retries',
      detail:
        kind === 'NONE' ? 'There is nothing to retry when the test is "NONE".' : 'It cannot be negative.',
    });
  }
  return errors;
}

function checkMounts(mounts: readonly Mount[]): FieldError[] {
  const seen = new Map<string, number>();
  return mounts.flatMap((mount, index) => {
    const at = `/mounts/${index}`;
    const errors: FieldError[] = [];
    const target = mount.target.replace(/(?<=.)\/+$/, '');
    if (mount.target === '') {
      errors.push({ pointer: `${at}/target`, detail: 'Say where in the container it goes.' });
    } else if (!isAbsolute(mount.target)) {
      errors.push({ pointer: `${at}/target`, detail: 'Use an absolute path, as in "/data".' });
    } else if (target === '/') {
      errors.push({ pointer: `${at}/target`, detail: 'Nothing can be mounted over the root.' });
    } else if (seen.has(target)) {
      errors.push({
        pointer: `${at}/target`,
        detail: `There is a mount at ${target} already: /mounts/${seen.get(target)}.`,
      });
    } else seen.set(target, index);
    errors.push(...checkSource(mount, at), ...checkMountOptions(mount, at));
    return errors;
  });
}

function checkSource({ type, source }: Mount, at: string): FieldError[] {
  const pointer = `${at}/source`;
  switch (type) {
    case 'bind':
    case 'npipe':
      if (source === null) return [{ pointer, detail: `A mount of type "${type}" needs a source.` }];
      return isAbsolute(source) ? [] : [{ pointer, detail: 'Use an absolute path of the node.' }];
    case 'tmpfs':
      return source === null
        ? []
        : [{ pointer, detail: 'A mount of type "tmpfs" is in memory and has no source.' }];
    case 'cluster':
      return source === null ? [{ pointer, detail: 'Name the cluster volume, or its group.' }] : [];
    case 'volume':
      return source !== null && isAbsolute(source)
        ? [{ pointer, detail: 'A volume has a name. For a path of the node use the type "bind".' }]
        : [];
  }
}

function checkMountOptions(mount: Mount, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const of = { bindOptions: 'bind', volumeOptions: 'volume', tmpfsOptions: 'tmpfs' } as const;
  for (const [field, type] of Object.entries(of) as [keyof typeof of, Mount['type']][]) {
    if (mount[field] !== null && mount.type !== type) {
      errors.push({
        pointer: `${at}/${field}`,
        detail: `Only a mount of type "${type}" has it; this one is "${mount.type}".`,
      });
    }
  }
  if (mount.consistency !== null && mount.consistency !== 'default') {
    errors.push({
      pointer: `${at}/consistency`,
      detail: 'Swarm does not keep it, so it would be without effect. Leave it out.',
    });
  }
  const { bindOptions, tmpfsOptions } = mount;
  if (bindOptions?.readOnlyForceRecursive && bindOptions.readOnlyNonRecursive) {
    errors.push({
      pointer: `${at}/bindOptions/readOnlyForceRecursive`,
      detail: 'It contradicts readOnlyNonRecursive. Leave one of them out.',
    });
  }
  for (const field of ['readOnlyNonRecursive', 'readOnlyForceRecursive'] as const) {
    if (bindOptions?.[field] && !mount.readOnly) {
      errors.push({ pointer: `${at}/bindOptions/${field}`, detail: 'It is only for what is readOnly.' });
    }
  }
  if (tmpfsOptions?.sizeBytes != null && tmpfsOptions.sizeBytes < 0) {
    errors.push({ pointer: `${at}/tmpfsOptions/sizeBytes`, detail: 'It cannot be negative.' });
  }
  return [...errors, ...checkMode(tmpfsOptions?.mode ?? 0, `${at}/tmpfsOptions/mode`)];
}

function checkMode(mode: number, pointer: string): FieldError[] {
  return mode >= 0 && mode <= PERMISSION_BITS
    ? []
    : [{ pointer, detail: `Permission bits are 0 to ${PERMISSION_BITS}, which is octal 7777.` }];
}

/** swarmkit refuses two references with one file (`controlapi/service.go`, `validateSecretRefsSpec`). */
function checkFiles(parent: string, files: readonly FileTarget[]): FieldError[] {
  return files.flatMap((file, index) => {
    const at = `${parent}/${index}`;
    const errors: FieldError[] = [];
    const first = files.findIndex(({ target }) => target === file.target);
    if (file.target.trim() === '') {
      errors.push({ pointer: `${at}/target`, detail: 'Say which file it is, or leave it out.' });
    } else if (first < index) {
      errors.push({
        pointer: `${at}/target`,
        detail: `"${file.target}" is a file already: ${parent}/${first}.`,
      });
    }
    for (const field of ['uid', 'gid'] as const) {
      if (!/^\d+$/.test(file[field]) || Number(file[field]) > HIGHEST_ID) {
        errors.push({ pointer: `${at}/${field}`, detail: 'Use a number, as in "0".' });
      }
    }
    return [...errors, ...checkMode(file.mode, `${at}/mode`)];
  });
}

function checkLimits({ ulimits, oomScoreAdj }: ContainerSettings): FieldError[] {
  const errors = ulimits.flatMap(({ name, soft, hard }, index) => {
    const at = `/ulimits/${index}`;
    const found: FieldError[] = [];
    if (!/^[a-z]+$/.test(name)) {
      found.push({ pointer: `${at}/name`, detail: 'Name the limit, as in "nofile".' });
    } else if (ulimits.findIndex((other) => other.name === name) < index) {
      found.push({ pointer: `${at}/name`, detail: `"${name}" is there already.` });
    }
    for (const [field, value] of Object.entries({ soft, hard })) {
      if (value < -1) {
        found.push({ pointer: `${at}/${field}`, detail: 'Use -1 for no limit, or 0 and more.' });
      }
    }
    if (hard !== -1 && (soft === -1 || soft > hard)) {
      found.push({ pointer: `${at}/soft`, detail: 'The soft limit cannot be above the hard one.' });
    }
    return found;
  });
  if (oomScoreAdj < -1000 || oomScoreAdj > 1000) {
    errors.push({ pointer: '/oomScoreAdj', detail: 'Must be -1000 to 1000.' });
  }
  return errors;
}

/** The engine takes a capability with and without `CAP_`, in any case. */
const plain = (capability: string): string => capability.toUpperCase().replace(/^CAP_/, '');

function checkCapabilities({ capabilityAdd, capabilityDrop }: ContainerSettings): FieldError[] {
  const added = new Set(capabilityAdd.map(plain));
  const check = (field: string, list: readonly string[]): FieldError[] =>
    list.flatMap((capability, index) => {
      const pointer = `/${field}/${index}`;
      if (!CAPABILITY.test(capability)) {
        return [{ pointer, detail: `"${capability}" is no capability: write it as in "CAP_NET_ADMIN".` }];
      }
      const first = list.findIndex((other) => plain(other) === plain(capability));
      return first < index ? [{ pointer, detail: `"${capability}" is there already.` }] : [];
    });
  return [
    ...check('capabilityAdd', capabilityAdd),
    ...check('capabilityDrop', capabilityDrop),
    ...capabilityDrop.flatMap((capability, index) =>
      added.has(plain(capability))
        ? [{ pointer: `/capabilityDrop/${index}`, detail: `"${capability}" is added, too. Choose one.` }]
        : [],
    ),
  ];
}

function checkPrivileges({ privileges }: ContainerSettings): FieldError[] {
  if (privileges === null) return [];
  const { credentialSpec, seccomp } = privileges;
  const errors: FieldError[] = credentialSpec ? checkCredentials(credentialSpec) : [];
  if (seccomp?.mode === 'custom' && !isJson(seccomp.profile)) {
    errors.push({
      pointer: '/privileges/seccomp/profile',
      detail: 'The mode "custom" needs a profile, as JSON.',
    });
  }
  if (seccomp && seccomp.mode !== 'custom' && seccomp.profile !== null) {
    errors.push({ pointer: '/privileges/seccomp/profile', detail: 'Only the mode "custom" has a profile.' });
  }
  return errors;
}

function checkCredentials({ file, registry, configId }: CredentialSpec): FieldError[] {
  return [file, registry, configId].filter((source) => source !== null).length === 1
    ? []
    : [
        {
          pointer: '/privileges/credentialSpec',
          detail: 'Say one of "file", "registry" and "config": where the account is described.',
        },
      ];
}

function isJson(text: string | null): boolean {
  try {
    JSON.parse(text ?? '');
    return true;
  } catch {
    return false;
  }
}
