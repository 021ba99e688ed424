import { DomainError } from '../domain/errors.ts';

/** Why a stream cannot go on where the subscriber is: it must read the lists again. */
export const RESYNC = {
  overflow: 'The subscriber reads too slowly, so changes were dropped.',
  'too-old': 'The changes since the given event are no longer remembered.',
  unknown: 'The given event is not one of this server: it was told by another, or before a restart.',
} as const;
export type ResyncReason = keyof typeof RESYNC;

const ADVICE = 'Subscribe again, then read the lists again.';

/** The end of a subscription whose queue has overflowed. */
export function overflowed(): DomainError {
  return new DomainError('resync-required', `${RESYNC.overflow} ${ADVICE}`);
}
