import { invalid } from '../domain/errors.ts';

/** Refuses headers that promise something this version does not do: ignoring them would break the promise. */
export function refuseUnsupportedHeaders(headers: Readonly<Record<string, unknown>>): void {
  if (headers['idempotency-key'] === undefined) return;
  throw invalid([
    {
      pointer: '',
      detail:
        'Idempotency-Key is not supported yet. Leave it out; names are unique, so a repeated create answers NAME_TAKEN.',
    },
  ]);
}
