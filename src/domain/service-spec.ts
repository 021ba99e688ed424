import { completeSpec } from './service-defaults.ts';
import type { Service, ServiceSpec } from './service.ts';

const FIELDS = Object.keys(completeSpec({})) as (keyof ServiceSpec)[];

/** The part of a service that can be written. */
export function specOf(service: Service): ServiceSpec {
  return Object.fromEntries(FIELDS.map((field) => [field, service[field]])) as unknown as ServiceSpec;
}
