import { STACK_LABEL, type StringMap } from './object.ts';

/** True when every `key` or `key=value` is among the labels, as Docker's `--filter label=` has it. */
export function hasLabels(labels: StringMap, wanted: readonly string[]): boolean {
  return wanted.every((term) => {
    const equals = term.indexOf('=');
    return equals < 0
      ? Object.hasOwn(labels, term)
      : labels[term.slice(0, equals)] === term.slice(equals + 1);
  });
}

/** True when the object was deployed by the stack. */
export function isOfStack(labels: StringMap, stack: string): boolean {
  return labels[STACK_LABEL] === stack;
}

/** True when nothing was asked for, or the value is what was asked for. */
export function fits<T>(value: T, wanted: T | null | undefined): boolean {
  return wanted === undefined || wanted === null || value === wanted;
}

/** True when nothing was asked for, or the value is one of those asked for. */
export function fitsOneOf<T>(value: T, wanted: readonly T[] | null | undefined): boolean {
  return wanted === undefined || wanted === null || wanted.includes(value);
}
