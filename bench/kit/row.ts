/** One line of a benchmark's table: ours against a reference of the same run, or a figure of ours alone. */
export interface Row {
  readonly benchmark: string;
  readonly ours: string;
  /** What ours is compared with; empty for a figure that stands alone. */
  readonly reference: string;
  readonly theirs: string;
  /** What the goal is set for: a ratio, a difference or an amount, in `unit`. */
  readonly figure: number;
  readonly unit: '×' | 'ms' | 's' | 'KiB' | 'MB' | '';
  readonly goal: { readonly atLeast: number } | { readonly atMost: number };
}

/** Ours so many times the reference's. */
export function ratioRow(
  row: Pick<Row, 'benchmark' | 'reference' | 'goal'> & { readonly format: (figure: number) => string },
  ours: number,
  theirs: number,
): Row {
  const { format, ...rest } = row;
  return { ...rest, ours: format(ours), theirs: format(theirs), figure: ours / theirs, unit: '×' };
}

/** Whether a row's figure reaches its goal. One that is no number does not. */
export function isReached({ figure, goal }: Row): boolean {
  return 'atLeast' in goal ? figure >= goal.atLeast : figure <= goal.atMost;
}

/** Rows as a Markdown table. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { benchmark, ours, reference, theirs, figure, unit, goal } = row;
    const aim = 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;
    const cells = [
      benchmark,
      ours,
      reference || '–',
      theirs || '–',
      amount(figure, unit),
      `${aim}${gap(unit)}`,
    ];
    return `| ${[...cells, isReached(row) ? 'yes' : 'no'].join(' | ')} |`;
  });
  return [
    '| benchmark | ours | reference, same run | theirs | figure | goal | reached |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

const gap = (unit: Row['unit']): string => (unit === '' ? '' : ` ${unit}`);

function amount(figure: number, unit: Row['unit']): string {
  const digits = unit === '' || Math.abs(figure) >= 100 ? 0 : 2;
  return `${figure.toFixed(digits)}${gap(unit)}`;
}
