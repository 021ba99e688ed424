import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import type { GqlContextType } from '@nestjs/graphql';
import { invalid } from '../domain/errors.ts';
import { refuseIdempotencyKey } from './refuse-idempotency-key.ts';
import { WRITES, type WriteAbilities } from './writing.ts';

const REPEATABLE =
  'Only creates of networks, services, secrets, configs, routes and certificates take Idempotency-Key. Leave it out here.';

/**
 * Refuses what would otherwise be ignored: a query string for a handler that takes none, and headers that
 * promise something this version does not do.
 */
@Injectable()
export class KnownInputGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType<GqlContextType>() === 'graphql') return true;
    const { query, headers } = context
      .switchToHttp()
      .getRequest<{ query?: Record<string, unknown>; headers: Record<string, unknown> }>();
    const write = Reflect.getMetadata(WRITES, context.getHandler()) as WriteAbilities | undefined;
    const unknown = takesQuery(context)
      ? []
      : Object.keys(query ?? {}).filter((name) => !(write && name === 'dryRun'));
    if (unknown.length > 0) {
      throw invalid(
        unknown.map((name) => ({ pointer: `/${name}`, detail: 'There is no such query parameter here.' })),
      );
    }
    if (!write?.repeats) refuseIdempotencyKey(headers, REPEATABLE);
    return true;
  }
}

function takesQuery(context: ExecutionContext): boolean {
  const parameters = (Reflect.getMetadata(
    ROUTE_ARGS_METADATA,
    context.getClass(),
    context.getHandler().name,
  ) ?? {}) as Record<string, unknown>;
  return Object.keys(parameters).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
}
