import { isBehind, type MoveOrder, type OperationStep } from './operation.ts';
import { isJob, type ServiceMode } from './service.ts';

/** What must be known of a service to move it. */
export interface MovedService {
  readonly id: string;
  readonly name: string;
  readonly mode: ServiceMode;
  /** The ids of its networks. */
  readonly networks: readonly { readonly networkId: string }[];
}

/** The network that services are to be on in the end; its id is null before it is made. */
export interface Target {
  readonly network: 'old' | 'new';
  readonly id: string | null;
}

const ofNetwork = (action: 'create-network' | 'remove-network', network: 'old' | 'new'): OperationStep => ({
  action,
  network,
  state: 'pending',
  serviceId: null,
  serviceName: null,
  message: null,
});

const ofService = (
  action: 'attach' | 'detach' | 'move',
  network: 'old' | 'new',
  { id, name }: MovedService,
): OperationStep => ({
  action,
  network,
  state: 'pending',
  serviceId: id,
  serviceName: name,
  message: null,
});

/**
 * The steps that take services from one network to the other. `attach-first` puts every service on both networks before
 * it takes the first one off: at every moment any two of them share one, at the price of tasks that are replaced twice.
 * `switch` changes each over in one update, and meanwhile those that are over do not reach those that are not. A job
 * changes over in one update either way, because every update runs it again. What is on both networks already is not
 * waited for before it is taken off the first, which may be what it needs.
 */
function moveSteps(services: readonly MovedService[], to: Target, order: MoveOrder): OperationStep[] {
  const from = to.network === 'new' ? 'old' : 'new';
  const isTwice = (service: MovedService): boolean => order === 'attach-first' && !isJob(service);
  const isThere = (service: MovedService): boolean =>
    service.networks.some(({ networkId }) => networkId === to.id);
  return [
    ...services
      .filter((service) => isTwice(service) && !isThere(service))
      .map((service) => ofService('attach', to.network, service)),
    ...services
      .filter((service) => !isTwice(service))
      .map((service) => ofService('move', to.network, service)),
    ...services.filter(isTwice).map((service) => ofService('detach', from, service)),
  ];
}

/** All steps of a replacement of a network that these services are on. */
export function replacementSteps(services: readonly MovedService[], order: MoveOrder): OperationStep[] {
  return [
    ofNetwork('create-network', 'new'),
    ...moveSteps(services, { network: 'new', id: null }, order),
    ofNetwork('remove-network', 'old'),
  ];
}

/**
 * The steps after a revocation: what is done stays as history, what is not falls away, and all services that the new
 * network has got go back.
 * @param services on the new network; null when that was never made
 * @param oldId of the old network
 */
export function revocationSteps(
  steps: readonly OperationStep[],
  services: readonly MovedService[] | null,
  oldId: string,
  order: MoveOrder,
): OperationStep[] {
  return [
    ...steps.filter(isBehind),
    ...(services === null
      ? []
      : [...moveSteps(services, { network: 'old', id: oldId }, order), ofNetwork('remove-network', 'new')]),
  ];
}

/**
 * The steps with those of services that came to a network that was about to be removed, put before that.
 */
export function withLatecomers(
  steps: readonly OperationStep[],
  services: readonly MovedService[],
  to: Target,
  order: MoveOrder,
): OperationStep[] {
  const removal = steps.findIndex((step) => step.action === 'remove-network' && !isBehind(step));
  return [...steps.slice(0, removal), ...moveSteps(services, to, order), ...steps.slice(removal)];
}

/** How much of the steps is behind, 0 to 99. */
export function progressOf(steps: readonly OperationStep[]): number {
  const ALMOST = 99;
  return steps.length === 0
    ? 0
    : Math.min(ALMOST, Math.floor((100 * steps.filter(isBehind).length) / steps.length));
}
