import { Float, InputType, Int } from '@nestjs/graphql';
import { Integer, Prop } from '../api/prop.ts';
import { StringMapScalar } from '../api/string-map.ts';
import type * as container from '../domain/container.ts';
import type { StringMap } from '../domain/object.ts';
import {
  AppArmorMode,
  Isolation,
  MountConsistency,
  MountType,
  Propagation,
  SeccompMode,
} from './container.types.ts';

@InputType({ description: 'A driver, and what it is told.' })
export class DriverInput {
  @Prop(() => String, { optional: true, example: 'json-file' })
  name?: string | null;

  @Prop(() => StringMapScalar, { optional: true })
  options?: StringMap | null;
}

@InputType({ description: 'What the containers have in `/etc/resolv.conf`.' })
export class DnsConfigInput {
  @Prop(() => [String], { optional: true })
  nameservers?: string[] | null;

  @Prop(() => [String], { optional: true })
  search?: string[] | null;

  @Prop(() => [String], { optional: true })
  options?: string[] | null;
}

@InputType({
  description:
    'How a container is found to be well. Durations in milliseconds; null or empty is inherited from the image.',
})
export class HealthcheckInput {
  @Prop(() => [String], {
    optional: true,
    description: '`["CMD", …]`, `["CMD-SHELL", command]`, or `["NONE"]` for no health check.',
    example: ['CMD-SHELL', 'curl -f http://localhost/'],
  })
  test?: string[] | null;

  @Prop(() => Float, { optional: true })
  interval?: number | null;

  @Prop(() => Float, { optional: true })
  timeout?: number | null;

  @Prop(() => Int, { optional: true })
  retries?: number | null;

  @Prop(() => Float, { optional: true })
  startPeriod?: number | null;

  @Prop(() => Float, {
    optional: true,
    description: 'How often it is checked during the start period. Needs API 1.44 (Docker 25).',
  })
  startInterval?: number | null;
}

@InputType()
export class BindOptionsInput {
  @Prop(() => Propagation, { optional: true })
  propagation?: container.Propagation | null;

  @Prop(() => Boolean, { optional: true, description: 'Without what is mounted below the source.' })
  nonRecursive?: boolean | null;

  @Prop(() => Boolean, {
    optional: true,
    description: 'Read-only, but not what is mounted below the source. Needs API 1.44 (Docker 25).',
  })
  readOnlyNonRecursive?: boolean | null;

  @Prop(() => Boolean, {
    optional: true,
    description: 'Fails where what is mounted below cannot be read-only, too. Needs API 1.44 (Docker 25).',
  })
  readOnlyForceRecursive?: boolean | null;
}

@InputType()
export class VolumeOptionsInput {
  @Prop(() => Boolean, {
    optional: true,
    description: 'A new volume stays empty, instead of getting what the image has there.',
  })
  noCopy?: boolean | null;

  @Prop(() => StringMapScalar, { optional: true, description: 'Of a volume that is made for it.' })
  labels?: StringMap | null;

  @Prop(() => DriverInput, {
    optional: true,
    description: 'Of a volume that is made for it; without a name, the default one.',
  })
  driver?: DriverInput | null;

  @Prop(() => String, { optional: true, description: 'A path in the volume. Needs API 1.45 (Docker 26).' })
  subpath?: string | null;
}

@InputType()
export class TmpfsOptionsInput {
  @Prop(() => Integer, { optional: true, description: 'Null is without limit.' })
  sizeBytes?: number | null;

  @Prop(() => Int, { optional: true, description: 'Permission bits as a number: octal 1777 is 1023.' })
  mode?: number | null;
}

@InputType({ description: 'What is mounted into the containers.' })
export class MountInput {
  @Prop(() => MountType, { optional: true })
  type?: container.MountType | null;

  @Prop(() => String, {
    optional: true,
    description:
      'A path of the node, or the name of a volume; a volume without a name is made for each task.',
  })
  source?: string | null;

  @Prop(() => String, { description: 'An absolute path in the container.' })
  target: string;

  @Prop(() => Boolean, { optional: true })
  readOnly?: boolean | null;

  @Prop(() => MountConsistency, {
    optional: true,
    description: 'Swarm keeps none: null, and only `default` is taken.',
  })
  consistency?: container.MountConsistency | null;

  @Prop(() => BindOptionsInput, { optional: true, description: 'Only of type `bind`.' })
  bindOptions?: BindOptionsInput | null;

  @Prop(() => VolumeOptionsInput, { optional: true, description: 'Only of type `volume`.' })
  volumeOptions?: VolumeOptionsInput | null;

  @Prop(() => TmpfsOptionsInput, { optional: true, description: 'Only of type `tmpfs`.' })
  tmpfsOptions?: TmpfsOptionsInput | null;
}

@InputType({ description: 'A limit of what processes may use; -1 is without limit.' })
export class UlimitInput {
  @Prop(() => String, { example: 'nofile' })
  name: string;

  @Prop(() => Integer)
  soft: number;

  @Prop(() => Integer)
  hard: number;
}

@InputType({ description: 'A secret that the containers have as a file.' })
export class SecretReferenceInput {
  @Prop(() => String, { description: 'An id, a unique id prefix or a name.' })
  secret: string;

  @Prop(() => String, {
    optional: true,
    description:
      'The path of the file: absolute, or below `/run/secrets`; the name of the secret when left out.',
  })
  target?: string | null;

  @Prop(() => String, { optional: true, description: 'Whose the file is, as a number; 0 when left out.' })
  uid?: string | null;

  @Prop(() => String, { optional: true, description: 'The group of the file, as a number; 0 when left out.' })
  gid?: string | null;

  @Prop(() => Int, {
    optional: true,
    description: 'Permission bits as a number: octal 444 is 292, which it is when left out.',
  })
  mode?: number | null;
}

@InputType({ description: 'A config that the containers have as a file.' })
export class ConfigReferenceInput {
  @Prop(() => String, { description: 'An id, a unique id prefix or a name.' })
  config: string;

  @Prop(() => String, {
    optional: true,
    description: 'The path of the file: absolute, or below `/`; the name of the config when left out.',
  })
  target?: string | null;

  @Prop(() => String, { optional: true, description: 'Whose the file is, as a number; 0 when left out.' })
  uid?: string | null;

  @Prop(() => String, { optional: true, description: 'The group of the file, as a number; 0 when left out.' })
  gid?: string | null;

  @Prop(() => Int, {
    optional: true,
    description: 'Permission bits as a number: octal 444 is 292, which it is when left out.',
  })
  mode?: number | null;
}

@InputType({ description: 'A managed service account of Windows, from one of three places.' })
export class CredentialSpecInput {
  @Prop(() => String, { optional: true })
  file?: string | null;

  @Prop(() => String, { optional: true })
  registry?: string | null;

  @Prop(() => String, { optional: true, description: 'An id, a unique id prefix or a name.' })
  config?: string | null;
}

@InputType()
export class SeLinuxContextInput {
  @Prop(() => Boolean, { optional: true })
  disable?: boolean | null;

  @Prop(() => String, { optional: true })
  user?: string | null;

  @Prop(() => String, { optional: true })
  role?: string | null;

  @Prop(() => String, { optional: true })
  type?: string | null;

  @Prop(() => String, { optional: true })
  level?: string | null;
}

@InputType()
export class SeccompInput {
  @Prop(() => SeccompMode, { optional: true })
  mode?: container.SeccompMode | null;

  @Prop(() => String, { optional: true, description: 'The JSON of a profile; only of mode `custom`.' })
  profile?: string | null;
}

@InputType()
export class AppArmorInput {
  @Prop(() => AppArmorMode, { optional: true })
  mode?: container.AppArmorMode | null;
}

@InputType({ description: 'What the containers may do beyond the ordinary, or not even that.' })
export class PrivilegesInput {
  @Prop(() => CredentialSpecInput, { optional: true })
  credentialSpec?: CredentialSpecInput | null;

  @Prop(() => SeLinuxContextInput, { optional: true })
  seLinuxContext?: SeLinuxContextInput | null;

  @Prop(() => SeccompInput, { optional: true, description: 'Needs API 1.44 (Docker 25).' })
  seccomp?: SeccompInput | null;

  @Prop(() => AppArmorInput, { optional: true, description: 'Needs API 1.44 (Docker 25).' })
  appArmor?: AppArmorInput | null;

  @Prop(() => Boolean, { optional: true, description: 'Needs API 1.44 (Docker 25).' })
  noNewPrivileges?: boolean | null;
}

@InputType({ description: 'A kind of machine; null is any.' })
export class PlatformInput {
  @Prop(() => String, { optional: true, example: 'linux' })
  os?: string | null;

  @Prop(() => String, { optional: true, example: 'amd64' })
  architecture?: string | null;
}

@InputType({ description: 'So many of what the operators of nodes say that they have.' })
export class GenericResourceInput {
  @Prop(() => String, { example: 'SSD' })
  kind: string;

  @Prop(() => Integer)
  value: number;
}

/** The same, to be written. */
@InputType({ isAbstract: true })
export abstract class ContainerInput {
  @Prop(() => [String], { optional: true, description: 'More groups of the user.' })
  groups?: string[] | null;

  @Prop(() => [String], {
    optional: true,
    description: 'Lines of `/etc/hosts`.',
    example: ['192.0.2.9 backend'],
  })
  hosts?: string[] | null;

  @Prop(() => DnsConfigInput, { optional: true })
  dnsConfig?: DnsConfigInput | null;

  @Prop(() => Boolean, {
    optional: true,
    description: 'Whether an init process runs in the container; null leaves it to the engine.',
  })
  init?: boolean | null;

  @Prop(() => Boolean, { optional: true })
  tty?: boolean | null;

  @Prop(() => Boolean, { optional: true })
  openStdin?: boolean | null;

  @Prop(() => Boolean, { optional: true, description: 'Whether the file system of the image is read-only.' })
  readOnly?: boolean | null;

  @Prop(() => String, { optional: true, example: 'SIGQUIT' })
  stopSignal?: string | null;

  @Prop(() => HealthcheckInput, { optional: true, description: 'Null inherits that of the image.' })
  healthcheck?: HealthcheckInput | null;

  @Prop(() => [MountInput], { optional: true })
  mounts?: MountInput[] | null;

  @Prop(() => [SecretReferenceInput], { optional: true })
  secrets?: SecretReferenceInput[] | null;

  @Prop(() => [ConfigReferenceInput], { optional: true })
  configs?: ConfigReferenceInput[] | null;

  @Prop(() => StringMapScalar, { optional: true })
  sysctls?: StringMap | null;

  @Prop(() => [UlimitInput], { optional: true })
  ulimits?: UlimitInput[] | null;

  @Prop(() => [String], { optional: true, example: ['CAP_NET_ADMIN'] })
  capabilityAdd?: string[] | null;

  @Prop(() => [String], { optional: true })
  capabilityDrop?: string[] | null;

  @Prop(() => PrivilegesInput, { optional: true })
  privileges?: PrivilegesInput | null;

  @Prop(() => Isolation, { optional: true, description: 'Only Windows knows others than `default`.' })
  isolation?: container.Isolation | null;

  @Prop(() => Int, {
    optional: true,
    description:
      '-1000 to 1000: the higher, the sooner its processes end where memory is short. Needs API 1.46 (Docker 27).',
  })
  oomScoreAdj?: number | null;
}
