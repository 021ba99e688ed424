/**
 * The one place where texts become HAProxy's configuration. A line is a template of ours filled with tokens, and a
 * token is made here only, by the pattern of its position: what no pattern lets through can not be written. Routes have
 * passed stricter rules already (`domain/route-grammar.ts`); this does not rely on it.
 */

/** A text that may stand in one kind of place. Others have the type of it only, so that none is made elsewhere. */
class Token {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export type { Token };

/** A text that does not belong where it should stand. */
export class UnwritableError extends Error {
  constructor(kind: string, text: string) {
    super(`${JSON.stringify(text.slice(0, 80))} is no ${kind} that HAProxy could be told.`);
    this.name = 'UnwritableError';
  }
}

const ID = '[0-9a-f]{16}';
/** In single quotes HAProxy takes every byte as it is, and these patterns have no single quote. */
const PRINTABLE = '[!&()*+,\\-./0-9:;<=>?@A-Z[\\]^_a-z|~]';

const PATTERNS = {
  backend: new RegExp(`^r_${ID}$`),
  limiter: new RegExp(`^q_${ID}$`),
  userlist: new RegExp(`^u_${ID}$`),
  chain: new RegExp(`^c_${ID}$`),
  condition: new RegExp(`^k_${ID}$`),
  certificate: new RegExp(`^${ID}$`),
  server: /^t_[a-zA-Z0-9]{1,64}_[0-9]{1,5}$/,
  address: /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]{2,39}(?:\d{1,3}(?:\.\d{1,3}){3})?)$/,
  block: /^[0-9a-f.:]{2,39}\/\d{1,3}$/,
  bindAddress: /^(?:\*|[0-9a-f.:]{2,39})$/,
  file: /^(?:\/[A-Za-z0-9._-]+)+$/,
  method: /^[A-Z](?:[A-Z-]*[A-Z])?$/,
  headerName: /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/,
  cookie: /^[A-Za-z0-9_](?:[-._A-Za-z0-9]*[A-Za-z0-9])?$/,
  user: /^[A-Za-z0-9](?:[-._@A-Za-z0-9]*[A-Za-z0-9])?$/,
  hash: /^\$[0-9a-z]{1,2}\$[./0-9A-Za-z$=]{10,200}$/,
  host: /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/,
  name: /^[A-Za-z0-9](?:[-_.A-Za-z0-9]*[A-Za-z0-9])?$/,
  certificateName: /^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/,
} as const;

/** A name, id or other word without any character that HAProxy reads anything into. */
export function word(kind: keyof typeof PATTERNS, text: string): Token {
  if (!PATTERNS[kind].test(text)) throw new UnwritableError(kind, text);
  return new Token(text);
}

/** Several of them, with spaces between. */
export function words(kind: keyof typeof PATTERNS, texts: readonly string[]): Token {
  return new Token(texts.map((text) => word(kind, text).text).join(' '));
}

/** A whole number, not negative. */
export function number(value: number): Token {
  if (!Number.isSafeInteger(value) || value < 0) throw new UnwritableError('number', String(value));
  return new Token(String(value));
}

const VALUE = new RegExp(`^${PRINTABLE}+(?: ${PRINTABLE}+)*$`);

/** A value of a header. HAProxy takes it byte by byte, also where it would look for `%[…]`: there is no `%` in it. */
export function quoted(text: string): Token {
  if (text.length > 1024 || !VALUE.test(text)) throw new UnwritableError('value of a header', text);
  return new Token(`'${text}'`);
}

const PATH = /^\/(?:[A-Za-z0-9\-._~!&()*+;=:@/]|%[0-9A-Fa-f]{2})*$/;

/** A path where HAProxy looks for `%[…]`: its `%` are doubled. To be put in quotes. */
export function formattedPath(text: string): Token {
  return new Token(plainPath(text).text.replaceAll('%', '%%'));
}

/** A path that is taken as it is. To be put in quotes. */
export function plainPath(text: string): Token {
  if (text.length > 1024 || !PATH.test(text)) throw new UnwritableError('path', text);
  return new Token(text);
}

/** A piece of a line that was put together by `line`. */
export function fragment(strings: TemplateStringsArray, ...tokens: readonly Token[]): Token {
  return new Token(line(strings, ...tokens));
}

/** Pieces after each other, with a space between. */
export function joined(tokens: readonly Token[]): Token {
  return new Token(tokens.map(({ text }) => text).join(' '));
}

/** One line: our own words, and between them nothing but tokens. */
export function line(strings: TemplateStringsArray, ...tokens: readonly Token[]): string {
  return strings.reduce((text, next, index) => {
    const token = tokens[index - 1];
    if (!(token instanceof Token)) throw new TypeError('Only tokens stand between the words of a line.');
    return text + token.text + next;
  });
}

const MAP_KEY = /^(?:\*\.)?[a-z0-9*][a-z0-9.-]*(?:\/(?:[A-Za-z0-9\-._~!&()*+;=:@/]|%[0-9A-Fa-f]{2})*\??)?$/;
const MAP_VALUE = /^(?:[rc]_[0-9a-f]{16}|tls|-)$/;

/** An entry of the maps of hosts: `host/path/`, or a host alone, and what has it. */
export function mapEntry(key: string, value: string): string {
  if (key.length > 1300 || !MAP_KEY.test(key)) throw new UnwritableError('key of a map', key);
  if (!MAP_VALUE.test(value)) throw new UnwritableError('value of a map', value);
  return `${key} ${value}\n`;
}

const NAME_KEY = new RegExp(`^r_${ID}(?:/t_[a-zA-Z0-9]{1,64}_[0-9]{1,5})?$`);

/** An entry of the map of names for logs. */
export function nameEntry(key: string, value: string): string {
  if (!NAME_KEY.test(key)) throw new UnwritableError('key of a map', key);
  return `${key} ${word('name', value).text}\n`;
}
