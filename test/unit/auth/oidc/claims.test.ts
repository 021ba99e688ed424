import { describe, expect, it } from 'vitest';
import { identityOf } from '../../../../src/auth/oidc/claims.ts';
import { issuersFrom } from '../../../../src/auth/oidc/issuer-settings.ts';

const EXP = Math.floor(Date.now() / 1000) + 600;
const settings = (more: object = {}) =>
  issuersFrom(
    JSON.stringify([{ name: 'corp', issuer: 'https://login.example.com', audience: 'x', ...more }]),
  )[0]!;
const identify = (claims: object, more?: object) =>
  identityOf({ sub: 'ada', exp: EXP, ...claims }, settings(more));

describe('identityOf', () => {
  it('names the user and the groups by the name of the issuer', () => {
    expect(identify({ groups: ['a', 'b:c', 'a'], name: 'Ada L.' })).toEqual({
      id: 'user:corp:ada',
      name: 'Ada L.',
      proof: 'oidc',
      subjects: ['user:corp:ada', 'group:corp:a', 'group:corp:b:c'],
      expiresAt: new Date(EXP * 1000).toISOString(),
    });
  });

  it.each<[object, string]>([
    [{ name: 'Ada', preferred_username: 'al', email: 'a@x' }, 'Ada'],
    [{ name: '', preferred_username: 'al', email: 'a@x' }, 'al'],
    [{ name: 7, email: 'a@x' }, 'a@x'],
    [{ name: 'two\nlines' }, 'user:corp:ada'],
    [{}, 'user:corp:ada'],
  ])('calls who has %j "%s"', (claims, name) => {
    expect(identify(claims).name).toBe(name);
  });

  it.each<[string, object, string[]]>([
    ['groups', { groups: 'one' }, ['one']],
    ['groups', {}, []],
    ['groups', { groups: null }, []],
    ['groups', { groups: ['ok', 7, '', ' ', 'line\nbreak', 'x'.repeat(257), { a: 1 }] }, ['ok']],
    ['realm_access.roles', { realm_access: { roles: ['a'] } }, ['a']],
    ['realm_access.roles', { 'realm_access.roles': ['b'], realm_access: { roles: ['a'] } }, ['b']],
    ['realm_access.roles', { realm_access: ['roles'] }, []],
    ['https://example.com/groups', { 'https://example.com/groups': ['c'] }, ['c']],
    ['constructor.name', {}, []],
    ['groups.length', { groups: ['x'] }, []],
  ])('finds the groups at %s of %j', (groupsClaim, claims, groups) => {
    const [, ...found] = identify(claims, { groupsClaim }).subjects;
    expect(found).toEqual(groups.map((group) => `group:corp:${group}`));
  });

  it('refuses groups that are no names: what is not understood must not pass for none', () => {
    expect(() => identify({ groups: 7 })).toThrow(/no list of groups/);
  });

  it('takes an address for a user only when the issuer has verified it', () => {
    const byAddress = { userClaim: 'email' };
    expect(identify({ email: 'a@x', email_verified: true }, byAddress).id).toBe('user:corp:a@x');
    for (const claims of [{ email: 'a@x' }, { email: 'a@x', email_verified: 'true' }]) {
      expect(() => identify(claims, byAddress)).toThrow(/not verified the address/);
    }
  });

  it.each<[object, boolean]>([
    [{ hd: 'example.com', amr: ['pwd', 'mfa'], staff: true }, true],
    [{ hd: 'example.com', amr: 'mfa', staff: true }, true],
    [{ hd: 'example.com', amr: ['pwd'], staff: true }, false],
    [{ hd: 'evil.example', amr: ['mfa'], staff: true }, false],
    [{ hd: 'example.com', amr: ['mfa'], staff: 'true' }, false],
    [{ amr: ['mfa'], staff: true }, false],
  ])('wants the claims that the settings ask for: %j is %s', (claims, good) => {
    const attempt = () => identify(claims, { claims: { hd: 'example.com', amr: 'mfa', staff: true } });
    if (good) expect(attempt().id).toBe('user:corp:ada');
    else expect(attempt).toThrow(/is not what the settings of its issuer ask for/);
  });
});
