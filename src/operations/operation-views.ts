import type { View } from '../api/visible-state.ts';
import type { Target } from '../domain/access/resource-kind.ts';
import type { Operation } from '../domain/operation.ts';
import type { OperationRecord } from './operation-records.ts';

/** An operation as rights look at it: by the network that it makes, which has the labels of the one that it replaces. */
export function operationTarget({ id, document }: OperationRecord): Target {
  return { id, name: document.network.name, labels: document.spec.labels };
}

/** An operation without what it says of services that its reader may not see. Of one that is gone that is not known. */
export function visibleOperation(operation: Operation, view: View): Operation {
  if (view.sight('service') === null) return operation;
  const { services } = view;
  const isHidden = (serviceId: string | null): boolean =>
    serviceId !== null && services.get(serviceId) === undefined;
  if (!operation.steps.some(({ serviceId }) => isHidden(serviceId))) return operation;
  return {
    ...operation,
    // It can be about any of the steps.
    message: null,
    steps: operation.steps.map((step) =>
      isHidden(step.serviceId) ? { ...step, serviceId: null, serviceName: null, message: null } : step,
    ),
  };
}
