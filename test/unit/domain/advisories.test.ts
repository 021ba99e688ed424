import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advisoriesOf } from '../../../src/domain/advisories.ts';

const SPRING_2023 = ['CVE-2023-28840', 'CVE-2023-28841', 'CVE-2023-28842'];
const FRAMES = 'CVE-2026-92542';

const idsOf = (version: string): string[] | undefined => advisoriesOf(version)?.map(({ id }) => id);

describe('advisoriesOf', () => {
  it.each<[string, string[]]>([
    ['1.11.2', [FRAMES]],
    ['1.12.0', [...SPRING_2023, FRAMES]],
    ['1.13.1', [...SPRING_2023, FRAMES]],
    ['18.09.1-ce', [...SPRING_2023, FRAMES]],
    ['19.03.15', [...SPRING_2023, FRAMES]],
    ['20.10.9', [...SPRING_2023, FRAMES]],
    ['20.10.23', [...SPRING_2023, FRAMES]],
    ['20.10.24', [FRAMES]],
    ['20.10.24+dfsg1', [FRAMES]],
    ['20.10.5+dfsg1', [...SPRING_2023, FRAMES]],
    ['20.10.25', [FRAMES]],
    ['22.6.0', [FRAMES]],
    ['23.0.0', [...SPRING_2023, FRAMES]],
    ['23.0.2', [...SPRING_2023, FRAMES]],
    ['23.0.3-rc.1', [...SPRING_2023, FRAMES]],
    ['23.0.3', [FRAMES]],
    ['24.0.9', [FRAMES]],
    ['25.0.18', [FRAMES]],
    ['25.0.19', []],
    ['25.0.19-0ubuntu1~22.04', []],
    ['25.0.20', []],
    ['26.0.0-rc1', []],
    ['26.0.0', [FRAMES]],
    ['28.5.2', [FRAMES]],
    ['29.8.1', [FRAMES]],
    ['v29.8.1', [FRAMES]],
    ['29.8.2-rc.1', [FRAMES]],
    ['29.8.2', []],
    ['29.9.0', []],
    ['29.10.0', []],
    ['30.0.0', []],
    ['29.9', []],
  ])('knows the weaknesses of %s', (version, ids) => {
    expect(idsOf(version)).toEqual(ids);
  });

  it.each<[string, string, string]>([
    ['20.10.23', 'CVE-2023-28841', '20.10.24'],
    ['23.0.1', 'CVE-2023-28841', '23.0.3'],
    ['20.10.24+dfsg1', FRAMES, '25.0.19'],
    ['27.0.0', FRAMES, '29.8.2'],
  ])('says for %s where %s is fixed: %s', (version, id, fixedIn) => {
    const advisory = advisoriesOf(version)?.find((each) => each.id === id);
    expect(advisory?.fixedIn).toBe(fixedIn);
    expect(advisory?.summary).toMatch(/^[A-Z].*\.$/);
  });

  it.each(['', 'library-import', 'dev', '20', '1.2.3.4', 'x20.10.24', '-1.2.3'])(
    'does not judge what is no version: %j',
    (text) => {
      expect(advisoriesOf(text)).toBeNull();
    },
  );

  it('is left by an update to what it says', () => {
    const part = fc.nat({ max: 40 });
    fc.assert(
      fc.property(part, part, part, (major, minor, patch) => {
        for (const { id, fixedIn } of advisoriesOf(`${major}.${minor}.${patch}`) ?? []) {
          expect(idsOf(fixedIn)).not.toContain(id);
        }
      }),
    );
  });

  it('does not change with what a distribution writes behind the number', () => {
    const part = fc.nat({ max: 40 });
    fc.assert(
      fc.property(
        part,
        part,
        part,
        fc.constantFrom('+dfsg1', '-1~debian', '-ce', '+azure'),
        (a, b, c, end) => {
          expect(advisoriesOf(`${a}.${b}.${c}${end}`)).toEqual(advisoriesOf(`${a}.${b}.${c}`));
        },
      ),
    );
  });
});
