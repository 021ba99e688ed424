import { checkContainer } from './container-rules.ts';
import { pointerTo, type FieldError } from './errors.ts';
import type { PublishedPort, ServiceSpec } from './service.ts';

/** What swarmkit takes as the name of a service (`controlapi/common.go`): it becomes a DNS name. */
const NAME = /^[a-zA-Z0-9](?:[-_a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const MAX_NAME_LENGTH = 63;
const ENV_NAME = /^[^=\0]+$/;
const ALIAS = /^[a-zA-Z0-9](?:[-_.a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const CONSTRAINT = /^\s*(node|engine)\.[\w.\-/]+\s*(==|!=)\s*\S.*$/;
const MAX_PORT = 65_535;
const MAX_REPLICAS = 1_000_000;

/** Everything wrong with a service's spec that can be known without asking Swarm; empty when nothing is. */
export function checkServiceSpec(spec: ServiceSpec): FieldError[] {
  return [
    ...checkName(spec.name),
    ...(spec.image.trim() === '' || /\s/.test(spec.image)
      ? [{ pointer: '/image', detail: 'Name the image, as in "nginx:1.27".' }]
      : []),
    ...checkMode(spec),
    ...checkEnv(spec),
    ...checkNetworks(spec),
    ...checkPorts(spec),
    ...checkPlacement(spec),
    ...checkNumbers(spec),
    ...checkGenericResources(spec),
    ...checkContainer(spec),
    ...(spec.logDriver?.name.trim() === ''
      ? [{ pointer: '/logDriver/name', detail: 'Name the driver, as in "json-file".' }]
      : []),
  ];
}

/** What an update may not change, because Swarm refuses it. */
export function checkServiceUpdate(before: ServiceSpec, after: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (before.name !== after.name) {
    errors.push({
      pointer: '/name',
      detail: 'Swarm cannot rename a service. Create another one and delete this one.',
    });
  }
  if (before.mode !== after.mode) {
    errors.push({
      pointer: '/mode',
      detail: 'Swarm cannot change the mode of a service. Create another one and delete this one.',
    });
  }
  return errors;
}

function checkName(name: string): FieldError[] {
  return NAME.test(name) && name.length <= MAX_NAME_LENGTH
    ? []
    : [
        {
          pointer: '/name',
          detail: `Use 1 to ${MAX_NAME_LENGTH} letters, digits, hyphens and underscores; begin and end with a letter or digit.`,
        },
      ];
}

function checkMode(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const onlyFor = (
    field: 'replicas' | 'maxConcurrent' | 'totalCompletions',
    mode: ServiceSpec['mode'],
  ): void => {
    const value = spec[field];
    if (value === null) return;
    if (spec.mode !== mode) {
      errors.push({
        pointer: `/${field}`,
        detail: `Only services of mode "${mode}" have it; this one is "${spec.mode}".`,
      });
    } else if (value < 0 || value > MAX_REPLICAS) {
      errors.push({ pointer: `/${field}`, detail: `Must be 0 to ${MAX_REPLICAS}.` });
    }
  };
  onlyFor('replicas', 'replicated');
  onlyFor('maxConcurrent', 'replicated-job');
  onlyFor('totalCompletions', 'replicated-job');
  const isJob = spec.mode === 'replicated-job' || spec.mode === 'global-job';
  for (const field of ['updateConfig', 'rollbackConfig'] as const) {
    if (isJob && spec[field] !== null) {
      errors.push({ pointer: `/${field}`, detail: 'Jobs run once and are not rolled out; leave it out.' });
    }
  }
  if (isJob && spec.restartPolicy?.condition === 'any') {
    errors.push({ pointer: '/restartPolicy/condition', detail: 'A job ends: use "on-failure" or "none".' });
  }
  return errors;
}

function checkEnv(spec: ServiceSpec): FieldError[] {
  return Object.keys(spec.env)
    .filter((name) => !ENV_NAME.test(name))
    .map((name) => ({
      pointer: pointerTo('/env', name),
      detail: 'The name of a variable is not empty and has no "=" in it.',
    }));
}

function checkNetworks(spec: ServiceSpec): FieldError[] {
  return spec.networks.flatMap((attachment, index) => {
    const errors: FieldError[] = [];
    if (spec.networks.findIndex((other) => other.networkId === attachment.networkId) < index) {
      errors.push({
        pointer: `/networks/${index}/network`,
        detail: 'The service is attached to this network already.',
      });
    }
    attachment.aliases.forEach((alias, position) => {
      if (!ALIAS.test(alias)) {
        errors.push({
          pointer: `/networks/${index}/aliases/${position}`,
          detail: `"${alias}" is no DNS name: use letters, digits, hyphens, underscores and dots.`,
        });
      }
    });
    return errors;
  });
}

function checkPorts(spec: ServiceSpec): FieldError[] {
  return spec.ports.flatMap((port, index) => {
    const at = `/ports/${index}`;
    const errors: FieldError[] = [];
    if (port.targetPort < 1 || port.targetPort > MAX_PORT) {
      errors.push({ pointer: `${at}/targetPort`, detail: `Must be 1 to ${MAX_PORT}.` });
    }
    if (port.publishedPort !== null && (port.publishedPort < 1 || port.publishedPort > MAX_PORT)) {
      errors.push({
        pointer: `${at}/publishedPort`,
        detail: `Must be 1 to ${MAX_PORT}, or left out for any free one.`,
      });
    }
    if (port.publishMode === 'ingress' && spec.endpointMode === 'dnsrr') {
      errors.push({
        pointer: `${at}/publishMode`,
        detail:
          'The ingress network needs a virtual IP, which endpointMode "dnsrr" has not. Use "host", or "vip".',
      });
    }
    const same = (other: PublishedPort): boolean =>
      port.publishedPort !== null &&
      other.publishedPort === port.publishedPort &&
      other.protocol === port.protocol;
    const first = spec.ports.findIndex(same);
    if (first >= 0 && first < index) {
      errors.push({
        pointer: `${at}/publishedPort`,
        detail: `${port.publishedPort}/${port.protocol} is published already by /ports/${first}.`,
      });
    }
    return errors;
  });
}

function checkPlacement(spec: ServiceSpec): FieldError[] {
  const { constraints, preferences, maxReplicas } = spec.placement;
  const errors: FieldError[] = constraints.flatMap((constraint, index) =>
    CONSTRAINT.test(constraint)
      ? []
      : [
          {
            pointer: `/placement/constraints/${index}`,
            detail: `"${constraint}" is no constraint: write it as in "node.role == worker" or "node.labels.zone != a".`,
          },
        ],
  );
  preferences.forEach((preference, index) => {
    if (!/^(node|engine)\.labels\.\S+$/.test(preference.spread)) {
      errors.push({
        pointer: `/placement/preferences/${index}/spread`,
        detail: 'Spread over a label, as in "node.labels.zone".',
      });
    }
  });
  if (maxReplicas !== null && spec.mode !== 'replicated' && spec.mode !== 'replicated-job') {
    errors.push({
      pointer: '/placement/maxReplicas',
      detail: `Services of mode "${spec.mode}" have one task per node.`,
    });
  }
  return errors;
}

function checkGenericResources({ resources: { reservations } }: ServiceSpec): FieldError[] {
  const { genericResources } = reservations;
  return genericResources.flatMap(({ kind, value }, index) => {
    const at = `/resources/reservations/genericResources/${index}`;
    const errors: FieldError[] = [];
    if (kind.trim() === '') errors.push({ pointer: `${at}/kind`, detail: 'Name the resource.' });
    else if (genericResources.findIndex((other) => other.kind === kind) < index) {
      errors.push({ pointer: `${at}/kind`, detail: `"${kind}" is there already.` });
    }
    if (value < 1) errors.push({ pointer: `${at}/value`, detail: 'Reserve at least one of them.' });
    return errors;
  });
}

/** Numbers that cannot be negative, by the pointer of each. */
function checkNumbers(spec: ServiceSpec): FieldError[] {
  const { placement, resources, restartPolicy, updateConfig, rollbackConfig } = spec;
  const durations: [string, number | null | undefined][] = [
    ['/stopGracePeriod', spec.stopGracePeriod],
    ['/restartPolicy/delay', restartPolicy?.delay],
    ['/restartPolicy/window', restartPolicy?.window],
    ['/updateConfig/delay', updateConfig?.delay],
    ['/updateConfig/monitor', updateConfig?.monitor],
    ['/rollbackConfig/delay', rollbackConfig?.delay],
    ['/rollbackConfig/monitor', rollbackConfig?.monitor],
  ];
  const counts: [string, number | null | undefined][] = [
    ['/restartPolicy/maxAttempts', restartPolicy?.maxAttempts],
    ['/updateConfig/parallelism', updateConfig?.parallelism],
    ['/rollbackConfig/parallelism', rollbackConfig?.parallelism],
    ['/placement/maxReplicas', placement.maxReplicas],
    ['/resources/limits/nanoCpus', resources.limits.nanoCpus],
    ['/resources/limits/memoryBytes', resources.limits.memoryBytes],
    ['/resources/limits/pids', resources.limits.pids],
    ['/resources/reservations/nanoCpus', resources.reservations.nanoCpus],
    ['/resources/reservations/memoryBytes', resources.reservations.memoryBytes],
    ['/forceUpdate', spec.forceUpdate],
  ];
  const ratios: [string, number | undefined][] = [
    ['/updateConfig/maxFailureRatio', updateConfig?.maxFailureRatio],
    ['/rollbackConfig/maxFailureRatio', rollbackConfig?.maxFailureRatio],
  ];
  const negative = ([, value]: [string, number | null | undefined]): boolean =>
    typeof value === 'number' && value < 0;
  return [
    ...durations
      .filter(negative)
      .map(([pointer]) => ({ pointer, detail: 'A duration is in milliseconds and not negative.' })),
    ...counts.filter(negative).map(([pointer]) => ({ pointer, detail: 'It cannot be negative.' })),
    ...ratios
      .filter(([, value]) => typeof value === 'number' && (value < 0 || value > 1))
      .map(([pointer]) => ({ pointer, detail: 'A ratio is between 0 and 1.' })),
  ];
}
