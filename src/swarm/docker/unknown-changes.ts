import { pointerTo } from '../../domain/errors.ts';
import { serviceSpecFromDocker } from './convert-service.ts';
import type { Document } from './document.ts';

type Leaf = string | number | true;

/** More than rounding takes away: durations are nanoseconds, and milliseconds to us. */
const OTHER_BY = 1e9;

/**
 * What differs between two of Docker's `ServiceSpec`s in parts that we are blind to, as JSON pointers. What is unset or
 * empty, as Go writes it, is not there.
 */
export function unknownChanges(before: Document, after: Document): string[] {
  const [had, has] = [unknownParts(before), unknownParts(after)];
  return [...new Set([...had.keys(), ...has.keys()])].filter(
    (pointer) => had.get(pointer) !== has.get(pointer),
  );
}

/** A part is known when the spec reads otherwise as soon as the part is another one. */
function unknownParts(spec: Document): Map<string, Leaf> {
  const tried = structuredClone(spec);
  const read = (): string => JSON.stringify(serviceSpecFromDocker(tried));
  const asItIs = read();
  const unknown = new Map<string, Leaf>();
  const visit = (holder: Document, at: string): void => {
    for (const [key, value] of Object.entries(holder)) {
      const pointer = pointerTo(at, key);
      if (typeof value === 'object' && value !== null) visit(value as Document, pointer);
      else if (value) {
        holder[key] = anotherThan(value as Leaf);
        if (read() === asItIs) unknown.set(pointer, value as Leaf);
        holder[key] = value;
      }
    }
  };
  visit(tried, '');
  return unknown;
}

function anotherThan(value: Leaf): string | number | boolean {
  if (typeof value === 'boolean') return !value;
  return typeof value === 'string' ? `${value}x` : value + OTHER_BY;
}
