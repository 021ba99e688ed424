/**
 * The strict grammars of what routes are made of. Labels are written by whoever may deploy a service, and end up beside
 * those of others in one proxy: so a text is what its grammar names, and never has a control character, a quote, a
 * backslash, `#`, `%[` or a brace. `$` is in hashes only, spaces are in values of headers and realms only.
 */

/** A grammar, and how it is told to people. */
export interface Grammar {
  readonly pattern: RegExp;
  readonly maxLength: number;
  /** Ends a sentence that begins with the text: "… is no …". */
  readonly noun: string;
}

const HOST_LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const PLAIN_HOST = `${HOST_LABEL}(?:\\.${HOST_LABEL})*`;
/** pchar (RFC 3986) without quotes and `$`, and without the comma that separates paths in labels. */
const PCHAR = '(?:[A-Za-z0-9\\-._~!&()*+;=:@]|%[0-9A-Fa-f]{2})';

export const GRAMMAR = {
  name: {
    pattern: /^[A-Za-z0-9](?:[-_A-Za-z0-9]*[A-Za-z0-9])?$/,
    maxLength: 63,
    noun: 'name: use letters, digits, hyphens and underscores, and begin and end with a letter or digit',
  },
  reference: {
    pattern: /^[A-Za-z0-9](?:[-_.A-Za-z0-9]*[A-Za-z0-9])?$/,
    maxLength: 64,
    noun: 'id or name of Docker’s',
  },
  plainHost: { pattern: new RegExp(`^${PLAIN_HOST}$`), maxLength: 253, noun: 'host, like foo.example.com' },
  host: {
    pattern: new RegExp(`^(?:\\*|(?:\\*\\.)?${PLAIN_HOST})$`),
    maxLength: 253,
    noun: 'host, like foo.example.com, *.example.com or * for all others',
  },
  path: {
    // Not `//…`: as the path of a redirect it would name a host.
    pattern: new RegExp(`^/(?:${PCHAR}+(?:/${PCHAR}*)*)?$`),
    maxLength: 1024,
    noun: 'path: begin with a slash, and percent-encode what is no letter, digit or one of -._~!&()*+;=:@',
  },
  headerName: {
    pattern: /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/,
    maxLength: 64,
    noun: 'name of a header: use letters, digits and hyphens',
  },
  headerValue: {
    pattern: /^[!&()*+,\-./0-9:;<=>?@A-Z[\]^_a-z|~]+(?: [!&()*+,\-./0-9:;<=>?@A-Z[\]^_a-z|~]+)*$/,
    maxLength: 1024,
    noun: 'value of a header: use printable ASCII and single spaces, without quotes, backslashes, braces, backquotes, #, $ and %',
  },
  cookie: {
    pattern: /^[A-Za-z0-9_](?:[-._A-Za-z0-9]*[A-Za-z0-9])?$/,
    maxLength: 64,
    noun: 'name of a cookie: use letters, digits, hyphens, dots and underscores',
  },
  method: { pattern: /^[A-Z](?:[A-Z-]*[A-Z])?$/, maxLength: 32, noun: 'method, like GET' },
  user: {
    pattern: /^[A-Za-z0-9](?:[-._@A-Za-z0-9]*[A-Za-z0-9])?$/,
    maxLength: 64,
    noun: 'name of a user: use letters, digits, dots, hyphens, underscores and @',
  },
  realm: {
    pattern: /^[A-Za-z0-9][-._A-Za-z0-9]*(?: [-._A-Za-z0-9]+)*$/,
    maxLength: 64,
    noun: 'realm: use letters, digits, dots, hyphens, underscores and single spaces',
  },
} as const satisfies Record<string, Grammar>;

/** Whether a text is what a grammar says. */
export function isOf(grammar: Grammar, text: string): boolean {
  return text.length <= grammar.maxLength && grammar.pattern.test(text);
}

/** A text as it is shown in an error: in quotes, escaped and not too long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}

/** What is wrong with a text; undefined when nothing is. */
export function fault(grammar: Grammar, text: string): string | undefined {
  if (isOf(grammar, text)) return undefined;
  return `${shown(text)} is no ${grammar.noun} (at most ${grammar.maxLength} characters).`;
}

const SHA_CRYPT =
  /^\$[56]\$(?:rounds=([1-9]\d{3,8})\$)?[./0-9A-Za-z]{1,16}\$(?:[./0-9A-Za-z]{43}|[./0-9A-Za-z]{86})$/;
const SHA_LENGTH = { 5: 43, 6: 86 } as const;
const BCRYPT = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./0-9A-Za-z]{53}$/;
/** A router computes a hash for each request, and does nothing else meanwhile: these take milliseconds. */
const MAX_SHA_ROUNDS = 10_000;
const MAX_BCRYPT_COST = 8;

/** What is wrong with the hash of a password, in a format of crypt(3); undefined when nothing is. */
export function faultOfHash(hash: string): string | undefined {
  const sha = SHA_CRYPT.exec(hash);
  const digest = hash.slice(hash.lastIndexOf('$') + 1);
  if (sha && digest.length === SHA_LENGTH[hash.startsWith('$5') ? 5 : 6]) {
    return Number(sha[1] ?? 0) > MAX_SHA_ROUNDS
      ? `Use at most ${MAX_SHA_ROUNDS} rounds: each request costs its router as many.`
      : undefined;
  }
  const bcrypt = BCRYPT.exec(hash);
  if (bcrypt) {
    return Number(bcrypt[1]) > MAX_BCRYPT_COST
      ? `Use a cost of at most ${MAX_BCRYPT_COST}: each request costs its router as much.`
      : undefined;
  }
  return 'Give the hash of the password in the format $6$, $5$ or $2y$, as "openssl passwd -6" writes it.';
}

/** Characters that the URL parser would drop, decode or take for the end of the host. */
const NO_HOST = /[\0-\x20\x7f"#%/:<>?@[\\\]^`{|}]/;

/**
 * A host as routes have it: lower case, internationalised names in their ASCII form (IDNA, by UTS #46), without the
 * dot of the root. Undefined when it is none; `*.` in front and `*` alone stay.
 */
export function normalHost(text: string): string | undefined {
  if (text.length > 1024 || NO_HOST.test(text)) return undefined;
  const wildcard = text.startsWith('*.') ? '*.' : '';
  const name = text.slice(wildcard.length).replace(/\.$/, '');
  const host = `${wildcard}${isAscii(name) ? name.toLowerCase() : asciiOf(name)}`;
  return isOf(GRAMMAR.host, host) ? host : undefined;
}

const isAscii = (text: string): boolean => /^[\x21-\x7e]*$/.test(text);

/** By the URL parser, which is what browsers go by; empty when it refuses the name. */
function asciiOf(name: string): string {
  return URL.parse(`http://${name}`)?.hostname ?? '';
}
