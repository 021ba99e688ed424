import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { DomainError } from '../domain/errors.ts';
import { parseWeights } from './weights.ts';

/**
 * The one of `offered` that an `Accept` header likes best (RFC 9110, 12.5.1); of equals, the first offered. Without a
 * header it is the first. Fails `not-acceptable`.
 */
export function bestOf<T extends string>(header: string | undefined, offered: readonly [T, ...T[]]): T {
  if (header === undefined || header.trim() === '') return offered[0];
  const weights = parseWeights(header);
  const [best] = offered
    .map((type) => ({ type, weight: weightOf(type, weights) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  if (best) return best.type;
  throw new DomainError(
    'not-acceptable',
    `There is only ${offered.join(' and ')}. Name one of them in Accept.`,
  );
}

/** By the range that says it most closely. */
function weightOf(type: string, weights: ReadonlyMap<string, number>): number {
  const ranges = [type, `${type.split('/')[0]}/*`, '*/*'];
  return ranges.map((range) => weights.get(range)).find((weight) => weight !== undefined) ?? 0;
}

/** A REST handler's parameter: which of these content types to answer in. */
export const Accepted = createParamDecorator(
  (offered: readonly [string, ...string[]], context: ExecutionContext): string =>
    bestOf(
      context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>().headers['accept'],
      offered,
    ),
);
