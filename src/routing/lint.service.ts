import { Injectable } from '@nestjs/common';
import type { Finding } from '../domain/dialects/dialect.ts';
import { readLabels, READERS } from '../domain/dialects/read-labels.ts';
import { invalid } from '../domain/errors.ts';
import { servicesFromCompose, type ComposeService } from './compose-file.ts';
import type { LintedService, LintRoutesInput, RouteLint } from './lint.types.ts';

/** Says what labels would do, without looking at the swarm. */
@Injectable()
export class LintService {
  /** Fails `invalid` unless there are either labels or a compose file that can be read. */
  lint(input: LintRoutesInput): RouteLint {
    return { services: servicesIn(input).map(lintService) };
  }
}

function servicesIn({ labels, service, networks, ports, compose }: LintRoutesInput): ComposeService[] {
  if ((labels == null) === (compose == null)) {
    throw invalid([{ pointer: '', detail: 'Send either "labels" or "compose".' }]);
  }
  if (labels == null) return servicesFromCompose(compose ?? '');
  return [
    {
      name: service ?? 'service',
      labels: Object.fromEntries(Object.entries(labels).filter(([, text]) => text !== null)),
      containerLabels: {},
      networks: networks?.map((network) => ({ name: network.name, labels: network.labels ?? {} })) ?? null,
      ports:
        ports?.map((port) => ({ targetPort: port.targetPort, publishedPort: port.publishedPort ?? null })) ??
        null,
    },
  ];
}

function lintService(service: ComposeService): LintedService {
  const readings = readLabels(service);
  return {
    service: service.name,
    routes: readings.flatMap(({ dialect, routes }) =>
      routes.map(({ name, spec, findings }) => ({ dialect, name, route: spec, findings })),
    ),
    findings: [...readings.flatMap(({ findings }) => findings), ...misplaced(service)],
  };
}

function misplaced({ containerLabels }: ComposeService): Finding[] {
  return Object.keys(containerLabels)
    .filter((label) => Object.values(READERS).some(({ isOwn }) => isOwn(label)))
    .map((label) => ({
      level: 'ignored',
      label,
      detail: 'It is a label of containers, which is not read. Put it under deploy, labels.',
    }));
}
