/** What a value and a place to keep it take, roughly, beside the characters of text. */
const PLACE = 16;

/** About how many bytes a plain object takes in memory, by its text and the number of its parts. */
export function weightOf(value: unknown): number {
  if (typeof value === 'string') return PLACE + value.length;
  if (typeof value !== 'object' || value === null) return PLACE;
  let weight = PLACE;
  for (const part of Object.values(value)) weight += weightOf(part);
  // Names are shared by objects of a kind, but not the keys of maps such as labels; counting all is on the safe side.
  for (const name of Object.keys(value)) weight += name.length;
  return weight;
}
