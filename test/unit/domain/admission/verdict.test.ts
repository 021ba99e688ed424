import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../../src/domain/admission/policy.ts';
import type { Privilege } from '../../../../src/domain/admission/privilege.ts';
import { admittedBy, judge, type AdmissionRequest } from '../../../../src/domain/admission/verdict.ts';
import { isKind } from '../../../../src/domain/errors.ts';
import { ADMIN, OPERATOR } from '../../../support/admission-world.ts';

const privilege = (rule: Privilege['rule'], name: string): Privilege => ({
  rule,
  pointer: `/${rule}`,
  name,
  value: { name },
});
const MOUNT = privilege('mounts', 'bind:/srv');
const LABEL = privilege('reserved-labels', 'io.swarmplane.router=');
const IMAGE = privilege('images', 'docker.io/library/nginx');

const verdict = (part: Partial<AdmissionRequest>, by = OPERATOR) =>
  judge(by, DEFAULT_POLICY, () => ({ asked: [], had: [], programChanges: [], ...part }));

describe('judge', () => {
  it('lets everybody have what no rule is about', () => {
    expect(verdict({})).toEqual({ allowed: true, rule: 'unprivileged', exceptions: [], refusals: [] });
  });

  it('lets admins have all', () => {
    expect(verdict({ asked: [MOUNT] }, ADMIN)).toMatchObject({ allowed: true, rule: 'admin' });
  });

  it('says which exceptions let something through', () => {
    expect(verdict({ asked: [IMAGE] })).toMatchObject({
      allowed: true,
      rule: 'exceptions',
      exceptions: ['any-image'],
    });
  });

  it('refuses the rest, with all rules that do', () => {
    const { allowed, rule, refusals } = verdict({ asked: [IMAGE, MOUNT, LABEL] });
    expect([allowed, rule]).toEqual([false, 'mounts']);
    expect(refusals.map((refusal) => [refusal.rule, refusal.pointer, refusal.name])).toEqual([
      ['mounts', '/mounts', 'bind:/srv'],
      ['reserved-labels', '/reserved-labels', 'io.swarmplane.router='],
    ]);
  });

  it('leaves alone what is there already, and no more than that', () => {
    expect(verdict({ asked: [MOUNT], had: [MOUNT] }).allowed).toBe(true);
    expect(verdict({ asked: [MOUNT], had: [{ ...MOUNT, value: { readOnly: true } }] }).allowed).toBe(false);
    expect(verdict({ asked: [MOUNT], had: [{ ...MOUNT, rule: 'configs' }] }).allowed).toBe(false);
  });

  it('judges anew what another program would have', () => {
    const { refusals } = verdict({ asked: [MOUNT, LABEL], had: [MOUNT, LABEL], programChanges: ['/image'] });
    expect(refusals.map(({ rule }) => rule)).toEqual(['mounts']);
    expect(refusals[0]?.detail).toContain('another program (/image)');
  });
});

describe('admittedBy', () => {
  it('says why something is allowed, for the record', () => {
    expect(admittedBy(verdict({ asked: [] }))).toEqual({ rule: 'unprivileged', exceptions: [] });
  });

  it('fails with the rule, the field and what to do', () => {
    try {
      admittedBy(verdict({ asked: [MOUNT, LABEL] }));
      expect.unreachable();
    } catch (error) {
      if (!isKind(error, 'forbidden')) throw error;
      expect(error.message).toMatch(/^\/mounts: The rule "mounts" .* \(and 1 more\)$/);
      expect(error.errors.map(({ pointer }) => pointer)).toEqual(['/mounts', '/reserved-labels']);
      expect(error.errors[0]?.detail).toContain('exception in the access policy');
    }
  });
});
