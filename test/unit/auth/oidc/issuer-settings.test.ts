import { describe, expect, it } from 'vitest';
import { issuersFrom } from '../../../../src/auth/oidc/issuer-settings.ts';

const CORP = { name: 'corp', issuer: 'https://login.example.com/realms/corp', audience: 'swarmplane' };
const errorsOf = (document: unknown): unknown => {
  try {
    return issuersFrom(JSON.stringify(document));
  } catch (error) {
    return (error as { errors: { pointer: string; detail: string }[] }).errors;
  }
};

describe('issuersFrom', () => {
  it('reads all that there is to say', () => {
    const whole = {
      ...CORP,
      audience: ['swarmplane', 'portal'],
      algorithms: ['ES384'],
      types: ['at+jwt'],
      userClaim: 'email',
      groupsClaim: 'realm_access.roles',
      claims: { hd: 'example.com', level: 2, staff: true },
      roles: { platform: 'admin', 'on call': 'operator', all: 'viewer' },
      jwksUri: 'http://127.0.0.1:8080/keys',
    };
    expect(issuersFrom(JSON.stringify([whole]))).toEqual([whole]);
  });

  it.each([
    'https://login.example.com',
    'https://login.example.com/',
    'https://login.example.com:8443/a/b',
    'http://127.0.0.1:8080/realms/corp',
    'http://127.8.9.10',
    'http://[::1]:8080',
    'http://localhost:8080',
  ])('takes %s for an issuer', (issuer) => {
    expect(issuersFrom(JSON.stringify([{ ...CORP, issuer }]))[0]?.issuer).toBe(issuer);
  });

  it.each([
    'http://login.example.com',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://10.0.0.1',
    'https://user:secret@login.example.com',
    'https://login.example.com?tenant=1',
    'https://login.example.com#x',
    'ftp://login.example.com',
    'login.example.com',
    '',
    7,
    null,
  ])('takes %s for none', (issuer) => {
    expect(errorsOf([{ ...CORP, issuer }])).toMatchObject([{ pointer: '/0/issuer' }]);
  });

  it.each<[object, string]>([
    [{ name: undefined }, '/0/name'],
    [{ name: 'certificate' }, '/0/name'],
    [{ name: 'Corp' }, '/0/name'],
    [{ name: 'a:b' }, '/0/name'],
    [{ name: 'x'.repeat(33) }, '/0/name'],
    [{ audience: undefined }, '/0/audience'],
    [{ audience: [] }, '/0/audience'],
    [{ audience: [''] }, '/0/audience'],
    [{ audience: 1 }, '/0/audience'],
    [{ algorithms: ['HS256'] }, '/0/algorithms'],
    [{ algorithms: ['RS256', 'none'] }, '/0/algorithms'],
    [{ algorithms: [] }, '/0/algorithms'],
    [{ algorithms: 'RS256' }, '/0/algorithms'],
    [{ types: [] }, '/0/types'],
    [{ userClaim: '' }, '/0/userClaim'],
    [{ groupsClaim: null }, '/0/groupsClaim'],
    [{ claims: ['hd'] }, '/0/claims'],
    [{ claims: { hd: ['a'] } }, '/0/claims'],
    [{ roles: { platform: 'owner' } }, '/0/roles'],
    [{ roles: { platform: 'router' } }, '/0/roles'],
    [{ roles: 'admin' }, '/0/roles'],
    [{ jwksUri: 'http://keys.example.com' }, '/0/jwksUri'],
    [{ clientSecret: 'x' }, '/0/clientSecret'],
  ])('points to what is wrong with %j', (more, pointer) => {
    expect(errorsOf([{ ...CORP, ...more }])).toMatchObject([{ pointer }]);
  });

  it('tells of everything at once, and of what must differ', () => {
    expect(errorsOf([CORP, { ...CORP, audience: 3 }, 'x'])).toEqual([
      { pointer: '/1/audience', detail: 'It must be a text, or a list of texts.' },
      { pointer: '/2', detail: 'It must be an object with name, issuer and audience.' },
      { pointer: '/1/name', detail: 'It is that of /0, too. Each has its own.' },
      { pointer: '/1/issuer', detail: 'It is that of /0, too. Each has its own.' },
    ]);
  });

  it.each(['', '{}', 'null', '"corp"', '[', '7'])('takes %s for no document', (text) => {
    expect(() => issuersFrom(text)).toThrow(/must be a list|not JSON/);
  });
});
