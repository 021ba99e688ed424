import { Float, Int, ObjectType } from '@nestjs/graphql';
import { enumOf } from '../api/enums.ts';
import { Integer, Prop } from '../api/prop.ts';
import { StringMapScalar } from '../api/string-map.ts';
import * as container from '../domain/container.ts';
import type { StringMap } from '../domain/object.ts';

export const MountType = enumOf('MountType', container.MOUNT_TYPES, 'What is mounted.');
export const MountConsistency = enumOf(
  'MountConsistency',
  container.MOUNT_CONSISTENCIES,
  'How close a bind mount of Docker Desktop follows its source.',
);
export const Propagation = enumOf(
  'Propagation',
  container.PROPAGATIONS,
  'Whether what is mounted later shows on the other side.',
);
export const Isolation = enumOf(
  'Isolation',
  container.ISOLATIONS,
  'How containers of Windows are kept apart.',
);
export const SeccompMode = enumOf(
  'SeccompMode',
  container.SECCOMP_MODES,
  'Which system calls are let through.',
);
export const AppArmorMode = enumOf('AppArmorMode', container.APPARMOR_MODES, 'Whether AppArmor confines it.');

@ObjectType({ description: 'A driver, and what it is told.' })
export class Driver {
  @Prop(() => String, { example: 'json-file' })
  name: string;

  @Prop(() => StringMapScalar)
  options: StringMap;
}

@ObjectType({ description: 'What the containers have in `/etc/resolv.conf`.' })
export class DnsConfig {
  @Prop(() => [String])
  nameservers: readonly string[];

  @Prop(() => [String])
  search: readonly string[];

  @Prop(() => [String])
  options: readonly string[];
}

@ObjectType({
  description:
    'How a container is found to be well. Durations in milliseconds; null or empty is inherited from the image.',
})
export class Healthcheck {
  @Prop(() => [String], {
    description: '`["CMD", …]`, `["CMD-SHELL", command]`, or `["NONE"]` for no health check.',
    example: ['CMD-SHELL', 'curl -f http://localhost/'],
  })
  test: readonly string[];

  @Prop(() => Float, { nullable: true })
  interval: number | null;

  @Prop(() => Float, { nullable: true })
  timeout: number | null;

  @Prop(() => Int, { nullable: true })
  retries: number | null;

  @Prop(() => Float, { nullable: true })
  startPeriod: number | null;

  @Prop(() => Float, {
    nullable: true,
    description: 'How often it is checked during the start period. Needs API 1.44 (Docker 25).',
  })
  startInterval: number | null;
}

@ObjectType()
export class BindOptions {
  @Prop(() => Propagation, { nullable: true })
  propagation: container.Propagation | null;

  @Prop(() => Boolean, { description: 'Without what is mounted below the source.' })
  nonRecursive: boolean;

  @Prop(() => Boolean, {
    description: 'Read-only, but not what is mounted below the source. Needs API 1.44 (Docker 25).',
  })
  readOnlyNonRecursive: boolean;

  @Prop(() => Boolean, {
    description: 'Fails where what is mounted below cannot be read-only, too. Needs API 1.44 (Docker 25).',
  })
  readOnlyForceRecursive: boolean;
}

@ObjectType()
export class VolumeOptions {
  @Prop(() => Boolean, {
    description: 'A new volume stays empty, instead of getting what the image has there.',
  })
  noCopy: boolean;

  @Prop(() => StringMapScalar, { description: 'Of a volume that is made for it.' })
  labels: StringMap;

  @Prop(() => Driver, {
    nullable: true,
    description: 'Of a volume that is made for it; without a name, the default one.',
  })
  driver: Driver | null;

  @Prop(() => String, { nullable: true, description: 'A path in the volume. Needs API 1.45 (Docker 26).' })
  subpath: string | null;
}

@ObjectType()
export class TmpfsOptions {
  @Prop(() => Integer, { nullable: true, description: 'Null is without limit.' })
  sizeBytes: number | null;

  @Prop(() => Int, { nullable: true, description: 'Permission bits as a number: octal 1777 is 1023.' })
  mode: number | null;
}

@ObjectType({ description: 'What is mounted into the containers.' })
export class Mount {
  @Prop(() => MountType)
  type: container.MountType;

  @Prop(() => String, {
    nullable: true,
    description:
      'A path of the node, or the name of a volume; a volume without a name is made for each task.',
  })
  source: string | null;

  @Prop(() => String, { description: 'An absolute path in the container.' })
  target: string;

  @Prop(() => Boolean)
  readOnly: boolean;

  @Prop(() => MountConsistency, {
    nullable: true,
    description: 'Swarm keeps none: null, and only `default` is taken.',
  })
  consistency: container.MountConsistency | null;

  @Prop(() => BindOptions, { nullable: true, description: 'Only of type `bind`.' })
  bindOptions: BindOptions | null;

  @Prop(() => VolumeOptions, { nullable: true, description: 'Only of type `volume`.' })
  volumeOptions: VolumeOptions | null;

  @Prop(() => TmpfsOptions, { nullable: true, description: 'Only of type `tmpfs`.' })
  tmpfsOptions: TmpfsOptions | null;
}

@ObjectType({ description: 'A limit of what processes may use; -1 is without limit.' })
export class Ulimit {
  @Prop(() => String, { example: 'nofile' })
  name: string;

  @Prop(() => Integer)
  soft: number;

  @Prop(() => Integer)
  hard: number;
}

@ObjectType({ description: 'A secret that the containers have as a file.' })
export class SecretReference {
  @Prop(() => String)
  secretId: string;

  @Prop(() => String)
  secretName: string;

  @Prop(() => String, { description: 'The path of the file: absolute, or below `/run/secrets`.' })
  target: string;

  @Prop(() => String, { description: 'Whose the file is, as a number.' })
  uid: string;

  @Prop(() => String, { description: 'The group of the file, as a number.' })
  gid: string;

  @Prop(() => Int, { description: 'Permission bits as a number: octal 444 is 292.' })
  mode: number;
}

@ObjectType({ description: 'A config that the containers have as a file.' })
export class ConfigReference {
  @Prop(() => String)
  configId: string;

  @Prop(() => String)
  configName: string;

  @Prop(() => String, { description: 'The path of the file: absolute, or below `/`.' })
  target: string;

  @Prop(() => String, { description: 'Whose the file is, as a number.' })
  uid: string;

  @Prop(() => String, { description: 'The group of the file, as a number.' })
  gid: string;

  @Prop(() => Int, { description: 'Permission bits as a number: octal 444 is 292.' })
  mode: number;
}

@ObjectType({ description: 'A managed service account of Windows, from one of three places.' })
export class CredentialSpec {
  @Prop(() => String, { nullable: true })
  file: string | null;

  @Prop(() => String, { nullable: true })
  registry: string | null;

  @Prop(() => String, { nullable: true })
  configId: string | null;

  @Prop(() => String, { nullable: true })
  configName: string | null;
}

@ObjectType()
export class SeLinuxContext {
  @Prop(() => Boolean)
  disable: boolean;

  @Prop(() => String, { nullable: true })
  user: string | null;

  @Prop(() => String, { nullable: true })
  role: string | null;

  @Prop(() => String, { nullable: true })
  type: string | null;

  @Prop(() => String, { nullable: true })
  level: string | null;
}

@ObjectType()
export class Seccomp {
  @Prop(() => SeccompMode)
  mode: container.SeccompMode;

  @Prop(() => String, { nullable: true, description: 'The JSON of a profile; only of mode `custom`.' })
  profile: string | null;
}

@ObjectType()
export class AppArmor {
  @Prop(() => AppArmorMode)
  mode: container.AppArmorMode;
}

@ObjectType({ description: 'What the containers may do beyond the ordinary, or not even that.' })
export class Privileges {
  @Prop(() => CredentialSpec, { nullable: true })
  credentialSpec: CredentialSpec | null;

  @Prop(() => SeLinuxContext, { nullable: true })
  seLinuxContext: SeLinuxContext | null;

  @Prop(() => Seccomp, { nullable: true, description: 'Needs API 1.44 (Docker 25).' })
  seccomp: Seccomp | null;

  @Prop(() => AppArmor, { nullable: true, description: 'Needs API 1.44 (Docker 25).' })
  appArmor: AppArmor | null;

  @Prop(() => Boolean, { description: 'Needs API 1.44 (Docker 25).' })
  noNewPrivileges: boolean;
}

@ObjectType({ description: 'A kind of machine; null is any.' })
export class Platform {
  @Prop(() => String, { nullable: true, example: 'linux' })
  os: string | null;

  @Prop(() => String, { nullable: true, example: 'amd64' })
  architecture: string | null;
}

@ObjectType({ description: 'So many of what the operators of nodes say that they have.' })
export class GenericResource {
  @Prop(() => String, { example: 'SSD' })
  kind: string;

  @Prop(() => Integer)
  value: number;
}

/** How the containers of a service are set up. */
@ObjectType({ isAbstract: true })
export abstract class ContainerSettings {
  @Prop(() => [String], { description: 'More groups of the user.' })
  groups: readonly string[];

  @Prop(() => [String], { description: 'Lines of `/etc/hosts`.', example: ['192.0.2.9 backend'] })
  hosts: readonly string[];

  @Prop(() => DnsConfig)
  dnsConfig: DnsConfig;

  @Prop(() => Boolean, {
    nullable: true,
    description: 'Whether an init process runs in the container; null leaves it to the engine.',
  })
  init: boolean | null;

  @Prop(() => Boolean)
  tty: boolean;

  @Prop(() => Boolean)
  openStdin: boolean;

  @Prop(() => Boolean, { description: 'Whether the file system of the image is read-only.' })
  readOnly: boolean;

  @Prop(() => String, { nullable: true, example: 'SIGQUIT' })
  stopSignal: string | null;

  @Prop(() => Healthcheck, { nullable: true, description: 'Null inherits that of the image.' })
  healthcheck: Healthcheck | null;

  @Prop(() => [Mount])
  mounts: readonly Mount[];

  @Prop(() => [SecretReference])
  secrets: readonly SecretReference[];

  @Prop(() => [ConfigReference])
  configs: readonly ConfigReference[];

  @Prop(() => StringMapScalar)
  sysctls: StringMap;

  @Prop(() => [Ulimit])
  ulimits: readonly Ulimit[];

  @Prop(() => [String], { example: ['CAP_NET_ADMIN'] })
  capabilityAdd: readonly string[];

  @Prop(() => [String])
  capabilityDrop: readonly string[];

  @Prop(() => Privileges, { nullable: true })
  privileges: Privileges | null;

  @Prop(() => Isolation, { description: 'Only Windows knows others than `default`.' })
  isolation: container.Isolation;

  @Prop(() => Int, {
    description:
      '-1000 to 1000: the higher, the sooner its processes end where memory is short. Needs API 1.46 (Docker 27).',
  })
  oomScoreAdj: number;
}
