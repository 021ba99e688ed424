import { pointerTo, type FieldError } from './errors.ts';

/** Looks at a value of JSON and adds what is wrong with it. Where thousands come at once, classes would be too slow. */
export type Shape = (value: unknown, pointer: string, errors: FieldError[]) => void;

/** A text of at most so many characters. */
export const text =
  (maxLength: number): Shape =>
  (value, pointer, errors) => {
    if (typeof value === 'string' && value.length <= maxLength) return;
    errors.push({ pointer, detail: `Must be a text of at most ${maxLength} characters.` });
  };

/** A number from 0 on. */
export const amount: Shape = (value, pointer, errors) => {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return;
  errors.push({ pointer, detail: 'Must be a number from 0 on.' });
};

/** A whole number in a range. */
export const whole =
  (least: number, most: number): Shape =>
  (value, pointer, errors) => {
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
    errors.push({ pointer, detail: `Must be a whole number from ${least} to ${most}.` });
  };

/** A moment, as RFC 3339 has it. */
export const time: Shape = (value, pointer, errors) => {
  if (typeof value === 'string' && value.length <= 40 && !Number.isNaN(Date.parse(value))) return;
  errors.push({ pointer, detail: 'Must be a time in RFC 3339, as in 2030-01-01T00:00:00Z.' });
};

/** One of these words. */
export const oneOf =
  (words: readonly string[]): Shape =>
  (value, pointer, errors) => {
    if (words.includes(value as string)) return;
    errors.push({ pointer, detail: `Must be one of ${words.join(', ')}.` });
  };

/** That, or null. */
export const orNull =
  (shape: Shape): Shape =>
  (value, pointer, errors) => {
    if (value !== null) shape(value, pointer, errors);
  };

/** A list of at most so many. */
export const list =
  (item: Shape, maxLength: number): Shape =>
  (value, pointer, errors) => {
    if (!Array.isArray(value) || value.length > maxLength) {
      errors.push({ pointer, detail: `Must be a list of at most ${maxLength}.` });
      return;
    }
    for (const [index, one] of value.entries()) item(one, `${pointer}/${index}`, errors);
  };

/** An object that has all of these fields, and no other. */
export const object = (fields: Readonly<Record<string, Shape>>): Shape => {
  const named = Object.entries(fields);
  return (value, pointer, errors) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      errors.push({ pointer, detail: 'Must be an object.' });
      return;
    }
    const given = value as Readonly<Record<string, unknown>>;
    for (const [name, shape] of named) shape(given[name], pointerTo(pointer, name), errors);
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(fields, name)) {
        errors.push({ pointer: pointerTo(pointer, name), detail: 'There is no such field.' });
      }
    }
  };
};
