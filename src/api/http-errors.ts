import { HttpException } from '@nestjs/common';
import { DomainError, type ErrorKind } from '../domain/errors.ts';

/** Statuses that Nest and Fastify answer by themselves, before any of our code runs. */
const KINDS: Readonly<Record<number, ErrorKind>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  413: 'too-large',
  414: 'invalid',
  415: 'unsupported-media-type',
};

const ADVICE: Readonly<Partial<Record<ErrorKind, string>>> = {
  'not-found': 'There is no such path. GET /openapi.json lists those there are.',
  'too-large': 'The body is larger than 1 MiB. Send less.',
  'unsupported-media-type': 'Send the body as application/json (PATCH also as application/merge-patch+json).',
};

/** The framework's own errors as ours; anything else as it is. */
export function fromFramework(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  const status =
    error instanceof HttpException
      ? error.getStatus()
      : (error as { statusCode?: number } | null)?.statusCode;
  const kind = status === undefined ? undefined : KINDS[status];
  if (!kind) return error;
  const said = error instanceof Error ? error.message : '';
  return new DomainError(
    kind,
    ADVICE[kind] ?? `${said || 'The request is malformed'}.`.replace(/\.\.$/, '.'),
    {
      cause: error,
    },
  );
}
