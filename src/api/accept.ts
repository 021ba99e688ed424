import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { DomainError } from '../domain/errors.ts';

const RANGE = /^([\w*.+-]+\/[\w*.+-]+)$/;

/**
 * The one of `offered` that an `Accept` header likes best (RFC 9110, 12.5.1); of equals, the first offered. Without a
 * header it is the first. Fails `not-acceptable`.
 */
export function bestOf<T extends string>(header: string | undefined, offered: readonly [T, ...T[]]): T {
  if (header === undefined || header.trim() === '') return offered[0];
  const ranges = header.split(',').map(parseRange);
  const [best] = offered
    .map((type) => ({ type, quality: qualityOf(type, ranges) }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  if (best) return best.type;
  throw new DomainError(
    'not-acceptable',
    `There is only ${offered.join(' and ')}. Name one of them in Accept.`,
  );
}

interface Range {
  readonly type: string;
  readonly quality: number;
}

function parseRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length);
  const quality = weight === undefined ? 1 : Number(weight);
  // What is no range, or has no number for a weight, asks for nothing.
  return { type, quality: RANGE.test(type) && quality >= 0 && quality <= 1 ? quality : 0 };
}

/** By the range that says it most closely. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  for (const name of [type, `${type.split('/')[0]}/*`, '*/*']) {
    const range = ranges.find((candidate) => candidate.type === name);
    if (range) return range.quality;
  }
  return 0;
}

/** A REST handler's parameter: which of these content types to answer in. */
export const Accepted = createParamDecorator(
  (offered: readonly [string, ...string[]], context: ExecutionContext): string =>
    bestOf(
      context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>().headers['accept'],
      offered,
    ),
);
