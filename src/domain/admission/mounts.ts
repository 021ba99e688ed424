import type { BindOptions, Mount, TmpfsOptions, VolumeOptions } from '../container.ts';
import { pointerTo } from '../errors.ts';
import type { ServiceSpec } from '../service.ts';
import { unknownParts, type Privilege } from './privilege.ts';
import type { Surroundings } from './surroundings.ts';
import { labelPrivileges } from './labels.ts';

/** What the engine takes as the name of a volume (moby `volume/mounts`): no path, no template. */
const VOLUME_NAME = /^[a-zA-Z0-9][\w.-]*$/;
/** Who can write there, or read there, governs the node. A path above one of them is one, too. */
const SENSITIVE = [
  '/boot',
  '/dev',
  '/etc',
  '/proc',
  '/root',
  '/run',
  '/sys',
  '/var/lib/containerd',
  '/var/lib/docker',
  '/var/run',
];
const SOCKET = /(?:^|[/\\])(?:docker|containerd)(?:\.sock|_engine)?$/i;
const CONTAINED = [null, 'private', 'rprivate'];

/**
 * Anything but a volume of the engine's own driver, or memory. CVE-2026-44849 was a volume with the option `o=bind`
 * that passed as harmless.
 */
export function mountPrivileges(
  { mounts }: ServiceSpec,
  _before: ServiceSpec | null,
  around: Surroundings,
): Privilege[] {
  return mounts.flatMap((mount, index) => ofMount(mount, `/mounts/${index}`, around));
}

function ofMount(mount: Mount, pointer: string, around: Surroundings): Privilege[] {
  const {
    type,
    source,
    target: _target,
    readOnly: _readOnly,
    consistency: _consistency,
    bindOptions,
    volumeOptions,
    tmpfsOptions,
    ...rest
  } = mount;
  const path = source === null ? null : cleanPath(source);
  const name = `${type}:${path ?? source ?? ''}`;
  return [
    ...(isOrdinary(mount) ? [] : [{ rule: 'mounts', pointer, name, value: mount } as const]),
    ...(isSensitive(mount, path) ? [{ rule: 'sensitive-mounts', pointer, name, value: mount } as const] : []),
    ...(bindOptions ? ofBind(bindOptions, mount, `${pointer}/bindOptions`) : []),
    ...(volumeOptions ? ofVolume(volumeOptions, mount, `${pointer}/volumeOptions`, around) : []),
    ...(tmpfsOptions ? ofTmpfs(tmpfsOptions, `${pointer}/tmpfsOptions`) : []),
    ...unknownParts(pointer, rest),
  ];
}

const isOrdinary = ({ type, source }: Mount): boolean =>
  type === 'tmpfs' || (type === 'volume' && (source === null || VOLUME_NAME.test(source)));

function isSensitive(mount: Mount, path: string | null): boolean {
  const { type, source } = mount;
  if (source === null || isOrdinary(mount)) return false;
  if (SOCKET.test(path ?? source)) return true;
  // What is no plain path is not known to be harmless.
  if (path === null) return type === 'bind';
  return SENSITIVE.some((other) => isWithin(path, other) || isWithin(other, path));
}

const isWithin = (path: string, other: string): boolean =>
  path === other || other === '/' || path.startsWith(`${other}/`);

/** A path as the engine sees it, without `.`, `..` and empty parts; null for what is no absolute path of Linux. */
function cleanPath(source: string): string | null {
  if (!source.startsWith('/') || source.includes('{{')) return null;
  const parts: string[] = [];
  for (const part of source.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function ofBind(options: BindOptions, mount: Mount, pointer: string): Privilege[] {
  const {
    propagation,
    nonRecursive: _recursive,
    readOnlyNonRecursive: _readOnly,
    readOnlyForceRecursive: _force,
    ...rest
  } = options;
  return [
    ...(CONTAINED.includes(propagation)
      ? []
      : [
          {
            rule: 'mount-propagation',
            pointer: `${pointer}/propagation`,
            name: String(propagation),
            value: mount,
          } as const,
        ]),
    ...unknownParts(pointer, rest),
  ];
}

function ofVolume(options: VolumeOptions, mount: Mount, pointer: string, around: Surroundings): Privilege[] {
  const { noCopy: _noCopy, subpath: _subpath, labels, driver, ...rest } = options;
  const known = driver?.name || 'local';
  const told = Object.entries(driver?.options ?? {});
  return [
    ...(known === 'local'
      ? []
      : [{ rule: 'volume-drivers', pointer: `${pointer}/driver/name`, name: known, value: mount } as const]),
    ...told.map(([key, value]): Privilege => ({
      rule: 'volume-drivers',
      pointer: pointerTo(`${pointer}/driver/options`, key),
      name: `${known}:${key}=${value}`,
      value: driver,
    })),
    ...labelPrivileges(`${pointer}/labels`, labels, {}, around),
    ...unknownParts(pointer, rest),
  ];
}

function ofTmpfs({ sizeBytes: _size, mode: _mode, ...rest }: TmpfsOptions, pointer: string): Privilege[] {
  return unknownParts(pointer, rest);
}
