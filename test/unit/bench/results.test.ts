import { describe, expect, it } from 'vitest';
import { median, percentile, takeTurns } from '../../../bench/kit/figures.ts';
import { withSection } from '../../../bench/kit/results.ts';
import { isReached, ratioRow, table } from '../../../bench/kit/row.ts';

const ratio = ratioRow(
  { benchmark: 'lists', reference: 'the engine', goal: { atLeast: 10 }, format: (figure) => `${figure}/s` },
  1_200,
  100,
);
const delay = {
  benchmark: 'delay',
  ours: '12 ms',
  reference: '',
  theirs: '',
  figure: 12,
  unit: 'ms',
  goal: { atMost: 10 },
} as const;

describe('the rows of a benchmark', () => {
  it('are a table that says what was to be reached and was', () => {
    expect(table([ratio, delay]).split('\n').slice(2)).toEqual([
      '| lists | 1200/s | the engine | 100/s | 12.00 × | ≥ 10 × | yes |',
      '| delay | 12 ms | – | – | 12.00 ms | ≤ 10 ms | no |',
    ]);
  });

  it('do not reach a goal with what is no number', () => {
    expect(isReached({ ...delay, figure: NaN })).toBe(false);
    expect(isReached({ ...ratio, figure: NaN })).toBe(false);
    expect(isReached({ ...delay, figure: 10 })).toBe(true);
  });
});

describe('the results', () => {
  it('keep what other benchmarks have left, in the order of their names', () => {
    const first = withSection('# Of another form\n\n| old |\n', 'streams', 'of streams');
    const second = withSection(first, 'lists', 'of lists\n\nmore');
    expect(second.match(/^## .*$/gm)).toEqual(['## lists', '## streams']);
    expect(second).not.toContain('old');
    const third = withSection(second, 'lists', 'anew');
    expect(third).toContain('## lists\n\nanew\n\n## streams\n\nof streams\n');
    expect(withSection(third, 'lists', 'anew')).toBe(third);
  });
});

describe('the figures', () => {
  it('are the middle, and the share that was asked for', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(percentile([10, 30, 20, 40], 0.99)).toBe(40);
    expect(percentile([10, 30, 20, 40], 0)).toBe(10);
    expect(median([])).toBeNaN();
  });

  it('come from turns', async () => {
    const turns: string[] = [];
    const figure = (name: string) => () => {
      turns.push(name);
      return Promise.resolve(turns.length);
    };
    expect(await takeTurns(figure('ours'), figure('theirs'), 3)).toEqual([3, 4]);
    expect(turns.join(' ')).toBe('ours theirs ours theirs ours theirs');
  });
});
