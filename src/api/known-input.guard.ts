import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import type { GqlContextType } from '@nestjs/graphql';
import { invalid } from '../domain/errors.ts';
import { refuseUnsupportedHeaders } from './unsupported-headers.ts';

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
    const unknown = takesQuery(context) ? [] : Object.keys(query ?? {});
    if (unknown.length > 0) {
      throw invalid(
        unknown.map((name) => ({ pointer: `/${name}`, detail: 'There is no such query parameter here.' })),
      );
    }
    refuseUnsupportedHeaders(headers);
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
