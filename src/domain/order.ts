import type { ObjectOf } from './change.ts';
import type { Kind } from './object.ts';

/**
 * The order that lists have, and the fields that it looks at. A cursor keeps just these fields of the last
 * object of a page, so that the next page begins at the right place even when that object is gone.
 */
export interface Order<T> {
  readonly fields: readonly (keyof T & string)[];
  compare(a: T, b: T): number;
}

type Sortable = string | number | null;

const compareValues = (a: Sortable, b: Sortable): number => {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
};

/** Ascending by each field in turn; `-field` descends. */
export function orderBy<T>(...terms: readonly ((keyof T & string) | `-${keyof T & string}`)[]): Order<T> {
  const steps = terms.map((term) => {
    const descending = term.startsWith('-');
    return { field: (descending ? term.slice(1) : term) as keyof T & string, sign: descending ? -1 : 1 };
  });
  return {
    fields: steps.map((step) => step.field),
    compare(a, b) {
      for (const { field, sign } of steps) {
        const order = compareValues(a[field] as Sortable, b[field] as Sortable);
        if (order !== 0) return order * sign;
      }
      return 0;
    },
  };
}

export const ORDER: { readonly [K in Kind]: Order<ObjectOf[K]> } = {
  node: orderBy('hostname', 'id'),
  network: orderBy('name', 'id'),
  service: orderBy('name', 'id'),
  // As `docker service ps` shows them: by slot, the newest of each slot first.
  task: orderBy('serviceName', 'slot', 'nodeId', '-createdAt', 'id'),
  config: orderBy('name', 'id'),
};
