import { DomainError } from '../domain/errors.ts';

/**
 * The error for a name that another object has: names are of the whole swarm, so this is told of objects that may not be
 * seen, too.
 * @param id of the other one; null for one that who asks may not see
 * @param advice what to do about it
 */
export function nameTaken(
  kind: string,
  name: string,
  id: string | null,
  advice = 'Choose another name',
): DomainError {
  return id === null
    ? new DomainError(
        'name-taken',
        `There is a ${kind} "${name}" already, which you may not see. Choose another name.`,
      )
    : new DomainError('name-taken', `There is a ${kind} "${name}" already (${id}). ${advice}.`);
}
