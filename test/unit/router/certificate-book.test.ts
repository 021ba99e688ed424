import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SealedCertificate } from '../../../src/domain/router-config.ts';
import { sealKey } from '../../../src/proxy/sealed-key.ts';
import { CertificateBook } from '../../../src/router/certificate-book.ts';
import { Problems } from '../../../src/router/problems.ts';
import { makeCertificate } from '../../support/certificate-maker.ts';

const KEY = randomBytes(32);
const MADE = makeCertificate({ commonName: 'foo.example.com', names: ['foo.example.com'] });
const OTHER = makeCertificate({ commonName: 'bar.example.com', names: ['bar.example.com'] });

const sealed = (
  id: string,
  overrides: Partial<SealedCertificate> = {},
  key = MADE.key,
): SealedCertificate => ({
  id,
  names: ['foo.example.com'],
  chain: MADE.certificate,
  sealedKey: sealKey(key, id, KEY),
  expiresAt: '2099-01-01T00:00:00Z',
  ...overrides,
});

describe('CertificateBook', () => {
  let problems: Problems;
  let book: CertificateBook;
  const kinds = (): string[] => problems.all().map(({ kind }) => kind);

  beforeEach(() => {
    problems = new Problems(() => {});
    book = new CertificateBook(KEY, problems);
  });

  it('has the chain and the key of what can be served', () => {
    const good = sealed('a1');
    const all = [good];
    expect(book.usable(all)).toEqual(all);
    expect(book.usable(all)).toBe(book.usable(all));
    expect(book.pem(good)).toBe(`${MADE.certificate.trimEnd()}\n${MADE.key.trimEnd()}\n`);
    expect(kinds()).toEqual([]);
  });

  it.each<[string, SealedCertificate]>([
    ['was sealed for another', sealed('a1', { sealedKey: sealKey(MADE.key, 'b2', KEY) })],
    ['was sealed with another key', sealed('a1', { sealedKey: sealKey(MADE.key, 'a1', randomBytes(32)) })],
    ['has the key of another', sealed('a1', {}, OTHER.key)],
    ['has no chain', sealed('a1', { chain: 'none' })],
    ['has no key', sealed('a1', {}, 'none')],
  ])('leaves one out that %s, and serves the others', (_, bad) => {
    const good = sealed('c3');
    expect(book.usable([bad, good])).toEqual([good]);
    expect(kinds()).toEqual(['certificate-unusable']);
    expect(problems.all()[0]?.detail).toMatch(/a1 \(foo\.example\.com\)/);
    expect(() => book.pem(bad)).toThrow(/a1/);
    book.usable([good]);
    expect(kinds()).toEqual([]);
  });

  it('keeps one whose replacement cannot be used', () => {
    const [before, after] = [sealed('a1'), sealed('a1', { chain: 'none' })];
    book.usable([before]);
    expect(book.usable([after])).toEqual([before]);
    expect(kinds()).toEqual(['certificate-unusable']);
    expect(book.usable([])).toEqual([]);
  });

  it('says that there is no key to open them with', () => {
    const closed = new CertificateBook(null, problems);
    expect(closed.usable([sealed('a1')])).toEqual([]);
    expect(problems.all()[0]?.detail).toMatch(/SWARMPLANE_CERTIFICATE_KEY/);
  });

  it('serves an expired one, and says so from that moment on', () => {
    const all = [sealed('a1', { expiresAt: '2030-01-01T00:00:00Z' })];
    expect(book.usable(all)).toEqual(all);
    book.look(Date.parse('2029-12-31T23:59:59Z'));
    expect(kinds()).toEqual([]);
    book.look(Date.parse('2030-01-01T00:00:00Z'));
    expect(kinds()).toEqual(['certificate-expired']);
  });
});
