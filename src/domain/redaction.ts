import type { FieldChange } from './field-changes.ts';

/** What stands in the place of what must not be kept. */
export const HIDDEN = '(hidden)';

/** Names under which people keep secrets, in labels, options and command lines. */
const SECRET_NAME = /pass(w(or)?d|phrase)?|pwd|secret|token|credential|auth|api[-_.]?key|private|signature/i;
/** Fields in whose `options` passwords of file servers and keys of log collectors stand. */
const DRIVEN: readonly string[] = ['mounts', 'logDriver'];
/** Fields whose keys users choose, so that their names tell what is a secret; the names of all others are ours. */
const NAMED_MAPS: readonly string[] = [
  'labels',
  'containerLabels',
  'options',
  'driverOptions',
  'headers',
  // Of the headers that a route sets and adds.
  'set',
  'add',
];
/** Fields that are command lines. */
const COMMANDS: readonly string[] = ['command', 'args', 'test'];
/** Fields that are secrets, or of whose values nobody can tell which are; `users` are those of routes, with hashes. */
const SECRETS: readonly string[] = ['env', 'data', 'text', 'key', 'privateKey', 'password', 'token', 'users'];
/** Fields that say whom something is for: a `token` there is the id of one. */
const SUBJECTS: readonly string[] = ['subject'];

/** More of one value is not kept, in characters of JSON; nor are more changes of one write. */
const MAX_VALUE = 4_000;
const MAX_CHANGES = 500;

type Rule = 'open' | 'hidden' | 'named' | 'command' | 'driven' | 'subject';

/** The changes of a write as they may be kept: without what is secret, or could be, and without what is very long. */
export function redacted(changes: readonly FieldChange[]): FieldChange[] {
  const kept = changes.slice(0, MAX_CHANGES).map(({ pointer, before, after }) => {
    const path = pointer.split('/').slice(1);
    return { pointer, before: keptValue(path, before), after: keptValue(path, after) };
  });
  const left = changes.length - kept.length;
  return left > 0 ? [...kept, { pointer: '', before: null, after: `(and ${left} changes more)` }] : kept;
}

function keptValue(path: readonly string[], value: unknown): unknown {
  const shown = path.reduce<Rule>(below, 'open');
  return shortened(visible(value, shown, path.at(-1) ?? ''));
}

/** What holds for what is under a key. */
function below(rule: Rule, key: string): Rule {
  if (rule === 'hidden' || rule === 'command' || rule === 'subject') return rule;
  if (rule === 'named') return SECRET_NAME.test(key) ? 'hidden' : 'open';
  if (SUBJECTS.includes(key)) return 'subject';
  if (SECRETS.includes(key) || (rule === 'driven' && key === 'options')) return 'hidden';
  if (rule === 'driven' || DRIVEN.includes(key)) return 'driven';
  if (NAMED_MAPS.includes(key)) return 'named';
  return COMMANDS.includes(key) ? 'command' : 'open';
}

function visible(value: unknown, rule: Rule, key: string): unknown {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) {
    return rule === 'command' ? commandLine(value) : value.map((item: unknown) => visible(item, rule, key));
  }
  if (typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [name, visible(part, below(rule, name), name)]),
    );
  }
  if (rule === 'hidden') return HIDDEN;
  return typeof value === 'string' ? withoutUserInfo(value) : value;
}

/** `--password=x`, `--password x`, `PASSWORD=x` and `https://user:x@host` are told without the x. */
function commandLine(words: readonly unknown[]): unknown[] {
  return words.map((word, index) => {
    if (typeof word !== 'string') return word;
    const before = words[index - 1];
    if (typeof before === 'string' && /^-[\w-]+$/.test(before) && SECRET_NAME.test(before)) return HIDDEN;
    const assigned = word.replace(/([\w.-]+)=("[^"]*"|'[^']*'|\S+)/g, (whole, name: string) =>
      SECRET_NAME.test(name) ? `${name}=${HIDDEN}` : whole,
    );
    const flagged = assigned.replace(/(-[\w-]+) +([^-\s]\S*)/g, (whole, flag: string) =>
      SECRET_NAME.test(flag) ? `${flag} ${HIDDEN}` : whole,
    );
    return withoutUserInfo(flagged);
  });
}

const withoutUserInfo = (text: string): string => text.replace(/\/\/[^/\s@]+@/g, `//${HIDDEN}@`);

function shortened(value: unknown): unknown {
  const length = JSON.stringify(value).length;
  return length > MAX_VALUE ? `(${length} characters)` : value;
}
