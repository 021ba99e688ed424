import { describe, expect, it } from 'vitest';
import { FailedProofs, MAX_SITES } from '../../../../src/api/limits/failed-proofs.ts';
import { NO_LIMITS } from '../../../../src/api/limits/limit-settings.ts';
import { Refusals } from '../../../../src/api/limits/refusals.ts';
import { DomainError } from '../../../../src/domain/errors.ts';

const UNPROVEN = new DomainError('unauthenticated', 'The token is unknown.');
let now = 0;
const failed = (failedProofsPerMinute: number, refusals = new Refusals()): FailedProofs =>
  new FailedProofs({ ...NO_LIMITS, failedProofsPerMinute }, refusals, () => now);

describe('failed proofs', () => {
  it('are told as what they are so often in a minute, then as too many, for each address', () => {
    const refusals = new Refusals();
    const proofs = failed(3, refusals);
    for (let index = 0; index < 3; index++) expect(proofs.judge(UNPROVEN, '192.0.2.1')).toBe(UNPROVEN);
    expect(proofs.judge(UNPROVEN, '192.0.2.1')).toMatchObject({ kind: 'too-many', retryAfter: 20 });
    expect(proofs.judge(UNPROVEN, '192.0.2.2')).toBe(UNPROVEN);
    expect(refusals.of('failed-proofs')).toBe(1);
    now += 20_000;
    expect(proofs.judge(UNPROVEN, '192.0.2.1')).toBe(UNPROVEN);
    expect(proofs.judge(UNPROVEN, '192.0.2.1')).toMatchObject({ kind: 'too-many' });
  });

  it('count for a whole /64', () => {
    const proofs = failed(1);
    proofs.judge(UNPROVEN, '2001:db8::1');
    expect(proofs.judge(UNPROVEN, '2001:db8::ffff:1')).toMatchObject({ kind: 'too-many' });
    expect(proofs.judge(UNPROVEN, '2001:db8:0:1::1')).toBe(UNPROVEN);
  });

  it('are no other errors, which say something of the server', () => {
    const proofs = failed(1);
    const notSynced = new DomainError('not-synced', 'Wait.');
    for (let index = 0; index < 5; index++) expect(proofs.judge(notSynced, '192.0.2.1')).toBe(notSynced);
    expect(proofs.size).toBe(0);
  });

  it('of however many addresses take so much memory', () => {
    const proofs = failed(1);
    for (let index = 0; index < MAX_SITES + 1_000; index++) {
      proofs.judge(UNPROVEN, `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
    }
    expect(proofs.size).toBe(MAX_SITES);
  });
});
