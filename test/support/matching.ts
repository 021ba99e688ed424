import { expect } from 'vitest';

// vitest types its asymmetric matchers as `any`, which type-aware lint rightly refuses to let through.

/** Any text that has this in it. */
export function containing(part: string): string {
  return expect.stringContaining(part) as string;
}

/** Any text that matches. */
export function matching(pattern: RegExp): string {
  return expect.stringMatching(pattern) as string;
}

/** Any text with something in it. */
export function someText(): string {
  return expect.stringMatching(/\S/) as string;
}
