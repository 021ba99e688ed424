import type { AccessRole } from '../domain/access/access-role.ts';
import { lackingFor } from '../domain/access/verdict.ts';
import { DomainError } from '../domain/errors.ts';
import type { Principal } from '../domain/role.ts';

/** How many rights a refusal names. */
const NAMED = 10;

/** Fails `forbidden` unless somebody may do themselves, with everything, what they would let others do. */
export function assertMayGive({ rights }: Principal, roles: readonly AccessRole[]): void {
  const lacking = lackingFor(rights, roles);
  if (lacking.length === 0) return;
  const named = lacking.slice(0, NAMED).join(', ');
  const more = lacking.length > NAMED ? ` and ${lacking.length - NAMED} more` : '';
  throw new DomainError(
    'forbidden',
    `Nobody gives what they do not have for everything, and you lack: ${named}${more}. Leave that out, or ask an admin.`,
  );
}
