import type { StringMap } from '../domain/object.ts';
import type { Service } from '../domain/service.ts';
import type { Task } from '../domain/task.ts';
import { publishModeLabels, serviceLabels, taskLabels } from './meta-labels.ts';
import { scrapeWishes } from './scrape-wishes.ts';
import type { Target } from './target-document.ts';

/** A service as Prometheus is told of it. */
export interface ScrapedService {
  readonly labels: StringMap;
  /** The ports in its containers that are scraped; null where it names none. */
  readonly ports: readonly ScrapedPort[] | null;
}

interface ScrapedPort {
  readonly port: number;
  readonly labels: StringMap;
}

/** What a task's targets tell besides the task. */
export interface TargetSurroundings {
  readonly service: ScrapedService;
  /** The labels of its node. */
  readonly node: StringMap;
  /** The labels of a network; null for one whose addresses are of no use. */
  networkLabels(networkId: string): StringMap | null;
  /** The port where the service names none. */
  readonly port: number;
}

const NONE: StringMap = Object.freeze({});

/** What of a service its targets need: the ports that its label names, or else those of TCP that it publishes. */
export function scrapedService(service: Service): ScrapedService {
  const wishes = scrapeWishes(service.labels);
  const published = new Map(
    service.ports
      .filter(({ protocol }) => protocol === 'tcp')
      .map(({ targetPort, publishMode }) => [targetPort, publishModeLabels[publishMode]]),
  );
  const ports = wishes.ports ?? [...published.keys()];
  return {
    labels: Object.freeze({ ...serviceLabels(service), ...wishes.labels }),
    ports: ports.length === 0 ? null : ports.map((port) => ({ port, labels: published.get(port) ?? NONE })),
  };
}

/** Each address of a task on each network, with each port in the container: `dockerswarm_sd` takes the published port. */
export function overlayTargets(task: Task, around: TargetSurroundings): Target[] {
  const { service, node } = around;
  const ports = service.ports ?? [{ port: around.port, labels: NONE }];
  return task.addresses.flatMap(({ networkId, address }) => {
    const network = around.networkLabels(networkId);
    if (network === null) return [];
    return ports.map(({ port, labels }) => ({
      address: hostPort(address, port),
      labels: [taskLabels(task), labels, service.labels, node, network],
    }));
  });
}

/** The ports of TCP that the node has opened for a task in host mode, those that its service wants scraped. */
export function hostTargets(task: Task, address: string, around: TargetSurroundings): Target[] {
  const { service, node } = around;
  return task.openPorts
    .filter(({ protocol, publishMode }) => protocol === 'tcp' && publishMode === 'host')
    .filter(
      ({ targetPort }) => service.ports === null || service.ports.some(({ port }) => port === targetPort),
    )
    .flatMap(({ publishedPort }) => (publishedPort === null ? [] : [publishedPort]))
    .map((port) => ({
      address: hostPort(address, port),
      labels: [taskLabels(task), publishModeLabels.host, service.labels, node],
    }));
}

const hostPort = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
