import type { Page } from './page.ts';

const texts = new WeakMap<object, string>();

/**
 * An answer as JSON. What is frozen is shared by every reader and never changes, so its text is made once; lists
 * are joined from the texts of what is in them.
 */
export function toJson(answer: unknown): string {
  if (!isPage(answer)) return textOf(answer);
  const { items, ...rest } = answer;
  return `{"items":[${items.map(textOf).join(',')}],${JSON.stringify(rest).slice(1)}`;
}

function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null || !Object.isFrozen(value)) return JSON.stringify(value);
  let text = texts.get(value);
  if (text === undefined) {
    text = JSON.stringify(value);
    texts.set(value, text);
  }
  return text;
}

function isPage(answer: unknown): answer is Page<unknown> {
  return typeof answer === 'object' && answer !== null && 'items' in answer && 'nextCursor' in answer;
}
