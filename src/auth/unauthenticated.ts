import { DomainError } from '../domain/errors.ts';

/** Why somebody is not known. Never with what they have sent. */
export function unauthenticated(message: string, cause?: unknown): DomainError {
  return new DomainError('unauthenticated', message, { cause });
}
