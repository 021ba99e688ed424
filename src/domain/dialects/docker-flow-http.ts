import { isOf, GRAMMAR, shown } from '../route-grammar.ts';
import {
  ROUTE_DEFAULTS,
  type BasicAuth,
  type HeaderChanges,
  type HeaderMatch,
  type PathMatch,
  type Rewrite,
  type RouteSpec,
} from '../route.ts';
import type { LabelledService } from './dialect.ts';
import { itemsOf, USERS } from './label-text.ts';
import type { Words } from './words.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'];
/** Headers that routers set themselves. */
const FORWARDED = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port'];

/** What the labels of a destination say of HTTP. */
export function httpFields(df: Words, { name }: LabelledService): Partial<RouteSpec> {
  if (df.flag('checkTcp')) df.ignored('checkTcp', 'It is for the modes tcp and sni.');
  const paths = pathsOf(df);
  return {
    paths,
    headers: headersOf(df),
    methods: methodsOf(df),
    httpsOnly: httpsOnlyOf(df),
    sticky: stickyOf(df, name),
    rewrite: rewriteOf(df, paths),
    requestHeaders: changesOf(df, 'Req', 'Header'),
    responseHeaders: changesOf(df, 'Res'),
    basicAuth: authOf(df),
  };
}

const PATH_KINDS: Readonly<Record<string, PathMatch['kind']>> = { path_beg: 'prefix', path: 'exact' };

/** Docker Flow compares beginnings, here prefixes are whole segments. A domain without a path has all. */
function pathsOf(df: Words): PathMatch[] {
  const values = itemsOf(df.text('servicePath') ?? '');
  const type = df.text('pathType') ?? 'path_beg';
  const kind = Object.hasOwn(PATH_KINDS, type) ? PATH_KINDS[type] : undefined;
  if (kind === undefined) df.error('pathType', `${shown(type)} is not done. Use path_beg or path.`);
  const partial = values.find((value) => !value.endsWith('/'));
  if (kind === 'prefix' && partial !== undefined) {
    df.warning(
      'servicePath',
      `Prefixes are whole segments: ${shown(partial)} is not ${shown(`${partial}s`)}.`,
    );
  }
  if (values.length === 1 && values[0] === '/' && kind === 'prefix' && df.text('serviceDomain')) return [];
  return values.map((value) => ({ kind: kind ?? 'prefix', value }));
}

function headersOf(df: Words): HeaderMatch[] {
  return itemsOf(df.text('serviceHeader') ?? '').flatMap((item) => {
    const [name = '', value = '', ...rest] = itemsOf(item, ':');
    if (value === '' || rest.length > 0) df.error('serviceHeader', `${shown(item)} is no name:value.`);
    return { name, value };
  });
}

/** Docker Flow answers 403 to other methods. */
function methodsOf(df: Words): string[] {
  const allowed = itemsOf(df.text('allowedMethods') ?? '');
  const denied = itemsOf(df.text('deniedMethods') ?? '');
  for (const word of ['allowedMethods', 'deniedMethods'].filter((each) => df.text(each) !== undefined)) {
    df.warning(word, 'Requests with other methods are not for this route, rather than answered 403.');
  }
  if (allowed.length === 0 && denied.length === 0) return [];
  const left = (allowed.length > 0 ? allowed : METHODS).filter((method) => !denied.includes(method));
  if (left.length === 0) df.error('deniedMethods', 'No method is left.');
  return left;
}

/** A destination with a port for HTTPS alone is not for plain requests. */
function httpsOnlyOf(df: Words): boolean {
  if (!df.flag('denyHttp')) {
    return df.flag('httpsOnly') || (df.text('port') === undefined && df.text('httpsPort') !== undefined);
  }
  df.warning('denyHttp', 'Plain requests are redirected to HTTPS rather than answered 403.');
  return true;
}

function stickyOf(df: Words, serviceName: string): RouteSpec['sticky'] {
  const type = df.text('sessionType');
  if (type === 'sticky-server') return { name: serviceName, setBy: 'router' };
  if (type !== undefined) {
    df.ignored('sessionType', 'Only sticky-server means anything to Docker Flow Proxy.');
  }
  return null;
}

/** A search for the prefix of a route is a rewrite; other regular expressions are not done. */
function rewriteOf(df: Words, paths: readonly PathMatch[]): Rewrite | null {
  const old = df.text('reqPathSearch');
  const text = df.text('reqPathSearchReplace');
  const searches = [
    ...(old === undefined ? [] : [['reqPathSearch', old, df.text('reqPathReplace') ?? ''] as const]),
    ...itemsOf(text ?? '', ':').map((item) => {
      const [search = '', replace = ''] = itemsOf(item);
      return ['reqPathSearchReplace', search, replace] as const;
    }),
  ];
  const [first] = searches;
  if (!first) return null;
  const [word, search, replace] = first;
  const strip = search.replace(/^\^/, '').replace(/\/$/, '');
  const isPrefix =
    searches.length === 1 &&
    /^\/[\w/-]*$/.test(strip) &&
    /^\/[\w/-]*$/.test(replace) &&
    paths.every(({ value }) => value === strip || value.startsWith(`${strip}/`));
  if (!isPrefix) {
    df.error(
      word,
      'Only one search for the prefix that the route has is done, like /app/,/: no regular expressions.',
    );
    return null;
  }
  return { stripPrefix: strip, addPrefix: replace.replace(/\/$/, '') || null };
}

/** @param alias of the words for headers of requests, as they were called once: `addHeader` */
function changesOf(df: Words, side: 'Req' | 'Res', alias?: string): HeaderChanges {
  const valuesOf = (verb: 'add' | 'set'): [string, string][] => {
    const word = `${verb}${side}Header`;
    const said = df.text(word) === undefined && alias !== undefined ? `${verb}${alias}` : word;
    return itemsOf(df.text(said) ?? '').flatMap((item) => {
      const [, name = '', value = ''] = /^(\S+)\s+(.*)$/.exec(item) ?? [];
      if (FORWARDED.includes(name.toLowerCase())) {
        df.ignored(said, `${name}: routers say it themselves.`);
        return [];
      }
      if (!isOf(GRAMMAR.headerValue, value) || / (if|unless) /.test(value)) {
        df.error(
          said,
          `${shown(item)} is not a plain name and value. Conditions and variables are not done.`,
        );
      }
      return [[name, value]];
    });
  };
  const remove = itemsOf(df.text(`del${side}Header`) ?? '');
  const changes = {
    set: Object.fromEntries(valuesOf('set')),
    add: Object.fromEntries(valuesOf('add')),
    remove,
  };
  return Object.values(changes).every((each) => Object.keys(each).length === 0)
    ? ROUTE_DEFAULTS.requestHeaders
    : changes;
}

/** Passwords in clear text are refused: whoever may look at the service can read its labels. */
function authOf(df: Words): BasicAuth | null {
  const text = df.text('users');
  if (text === undefined || df.flag('ignoreAuthorization')) return null;
  if (!df.flag('usersPassEncrypted')) {
    df.error('users', 'Passwords in clear text are not taken. Give hashes, and usersPassEncrypted=true.');
    return null;
  }
  const users = USERS.read(text);
  if (!users) df.error('users', `Write ${USERS.example}.`);
  return { realm: 'Restricted', users: users ?? {} };
}
