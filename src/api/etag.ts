import {
  createParamDecorator,
  Injectable,
  SetMetadata,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import { DomainError, invalid } from '../domain/errors.ts';
import { contentHash } from './content-hash.ts';
import { toJson } from './json.ts';

const VOLATILE = 'swarmplane:changes-within-version';

/**
 * Marks handlers of objects that show more than their version covers, such as how many tasks of a service run: their
 * entity tags tell also such answers apart.
 */
export const ChangesWithinVersion = (): MethodDecorator & ClassDecorator => SetMetadata(VOLATILE, true);

/** The entity tag of a version; with a hash of what is shown where the version does not cover all of it. */
export function etagOf(version: number, hash?: string): string {
  return hash === undefined ? `"${version}"` : `"${version}.${hash}"`;
}

/**
 * The version that an `If-Match` asks for; null when it asks for none (`*` or absent). Fails `invalid` for what
 * is no entity tag of ours.
 */
export function parseIfMatch(header: string | null | undefined): number | null {
  if (header === undefined || header === null || header.trim() === '*') return null;
  const version = /^("?)(\d+)(?:\.[\w-]{16})?\1$/.exec(header.trim())?.[2];
  if (version === undefined) {
    throw invalid([
      {
        pointer: '',
        detail: `If-Match must be the ETag of the object, as in "42" in double quotes, but is ${header}.`,
      },
    ]);
  }
  return Number(version);
}

/** Fails `stale` unless `expected` is null or the current version. */
export function assertVersion(expected: number | null, current: number): void {
  if (expected === null || expected === current) return;
  throw new DomainError(
    'stale',
    `The object has version ${current}, not ${expected}. Read it again, decide again, and send its new ETag as If-Match.`,
  );
}

/** A REST handler's parameter: the version from the `If-Match` header, or null. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): number | null =>
  parseIfMatch(
    context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>().headers['if-match'],
  ),
);

/** Sends the version of a single object, where a handler answers one, as its `ETag`. */
@Injectable()
export class EtagInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly adapters: HttpAdapterHost,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const targets = [context.getHandler(), context.getClass()];
    const isVolatile = this.reflector.getAllAndOverride<boolean | undefined>(VOLATILE, targets) ?? false;
    return next.handle().pipe(
      map((body: unknown) => {
        const version = (body as { version?: unknown } | null | undefined)?.version;
        if (typeof version === 'number') {
          const etag = etagOf(version, isVolatile ? contentHash(toJson(body)) : undefined);
          this.adapters.httpAdapter.setHeader(context.switchToHttp().getResponse(), 'ETag', etag);
        }
        return body;
      }),
    );
  }
}
