import { describe, expect, it } from 'vitest';
import { bestOf } from '../../../src/api/accept.ts';

const OFFERED = ['application/json', 'text/plain', 'text/event-stream'] as const;

describe('bestOf', () => {
  it.each<[header: string | undefined, expected: string]>([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['text/*', 'text/plain'],
    ['text/event-stream', 'text/event-stream'],
    ['Text/Event-Stream', 'text/event-stream'],
    ['text/plain;q=0.5, text/event-stream;q=0.9', 'text/event-stream'],
    ['text/html, application/xhtml+xml, */*;q=0.8', 'application/json'],
    ['*/*, application/json;q=0', 'text/plain'],
    ['text/*, text/plain;q=0.1', 'text/event-stream'],
    ['text/plain; charset=utf-8', 'text/plain'],
    ['text/plain;q=0, text/*;q=0.2', 'text/event-stream'],
    ['nonsense, text/plain', 'text/plain'],
  ])('of %s is %s', (header, expected) => {
    expect(bestOf(header, OFFERED)).toBe(expected);
  });

  it.each(['text/html', 'image/*', '*/*;q=0', 'application/json;q=2', 'nonsense', 'text/plain;q=x', ','])(
    'of %s there is none',
    (header) => {
      expect(() => bestOf(header, OFFERED)).toThrow(
        expect.objectContaining({
          kind: 'not-acceptable',
          message: expect.stringContaining('text/event-stream') as string,
        }) as Error,
      );
    },
  );
});
