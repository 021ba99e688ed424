/**
 * What a header says of each of its choices (RFC 9110, 12.4.2), in lower case: 1 without a weight, and 0, which is not
 * at all, for a weight that is no number from 0 to 1. Of a choice that is named twice, the first is taken.
 */
export function parseWeights(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const choice of header.split(',')) {
    const [name = '', ...parameters] = choice.split(';').map((part) => part.trim().toLowerCase());
    if (!weights.has(name)) weights.set(name, weightOf(parameters));
  }
  return weights;
}

function weightOf(parameters: readonly string[]): number {
  const text = parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length);
  const weight = text === undefined ? 1 : Number(text);
  return weight >= 0 && weight <= 1 ? weight : 0;
}
