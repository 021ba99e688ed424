import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPolicy, DEFAULT_POLICY, exceptionFor } from '../../../../src/domain/admission/policy.ts';
import type { Privilege } from '../../../../src/domain/admission/privilege.ts';
import { fitsWildcard } from '../../../../src/domain/admission/wildcard.ts';
import { principalWith, type Role } from '../../../../src/domain/role.ts';

describe('fitsWildcard', () => {
  it.each([
    ['bind:/srv/a', 'bind:/srv/*', true],
    ['bind:/srv/', 'bind:/srv/*', true],
    ['bind:/srv', 'bind:/srv/*', false],
    ['xbind:/srv/a', 'bind:/srv/*', false],
    ['a.b.c', 'a*c', true],
    ['ac', 'a*c', true],
    ['a', 'a*a', false],
    ['aba', 'a*b*a', true],
    ['', '*', true],
    ['a', 'a', true],
    ['ab', 'a', false],
    ['a+b', 'a+*', true],
  ])('%j against %j', (text, pattern, fits) => expect(fitsWildcard(text, pattern)).toBe(fits));

  it('is what a regular expression would say', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (text, pattern) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
        expect(fitsWildcard(text, pattern)).toBe(expression.test(text));
      }),
    );
  });
});

describe('exceptionFor', () => {
  const asked: Privilege = { rule: 'mounts', pointer: '/mounts/0', name: 'bind:/srv/pay', value: null };
  const policy = {
    ...DEFAULT_POLICY,
    exceptions: [
      {
        name: 'role',
        subject: { role: 'operator' as Role },
        rule: 'mounts' as const,
        allow: ['bind:/srv/*'],
      },
      { name: 'token', subject: { token: 't1' }, rule: 'secrets' as const, allow: ['pay-*', 'key'] },
    ],
  };
  const by = (role: Role, id = 'x') => principalWith(role, { id });

  it.each<[string, ReturnType<typeof by>, Partial<Privilege>, string | undefined]>([
    ['a role', by('operator'), {}, 'role'],
    ['one that may less', by('viewer'), {}, undefined],
    ['one beside it', by('router'), {}, undefined],
    ['another rule', by('operator'), { rule: 'sensitive-mounts' }, undefined],
    ['another name', by('operator'), { name: 'bind:/etc' }, undefined],
    ['a token', by('operator', 't1'), { rule: 'secrets', name: 'pay-db' }, 'token'],
    ['another token', by('operator', 't2'), { rule: 'secrets', name: 'pay-db' }, undefined],
  ])('is for %s', (_what, who, part, name) => {
    expect(exceptionFor(policy, who, { ...asked, ...part })?.name).toBe(name);
  });
});

describe('checkPolicy', () => {
  it('finds nothing wrong with the default', () => expect(checkPolicy(DEFAULT_POLICY)).toEqual([]));

  it('says what is wrong', () => {
    const exception = { name: 'a', subject: { token: 't' }, rule: 'mounts', allow: [] } as const;
    const errors = checkPolicy({
      reservedPorts: ['80', '0', '9-1', '1-65536', 'http', '1-65535'],
      reservedLabels: ['', 'a.'],
      exceptions: [{ ...exception, allow: ['*'] }, exception],
    });
    expect(errors.map(({ pointer }) => pointer)).toEqual([
      '/reservedPorts/1',
      '/reservedPorts/2',
      '/reservedPorts/3',
      '/reservedPorts/4',
      '/reservedLabels/0',
      '/exceptions/1/name',
      '/exceptions/1/allow',
    ]);
  });
});
