import { shown } from '../route-grammar.ts';
import { itemsOf } from './label-text.ts';
import { hostsIn } from './target.ts';
import type { Words } from './words.ts';

/** Fetches of HAProxy's that tell the name in the hello of TLS. */
export const SNI_ALGORITHM = /^req[._]ssl_sni( -i)?$/;

/** How domains are matched, by HAProxy's name of it. */
const ALGORITHMS: Readonly<Record<string, 'exact' | 'beginning' | 'ending'>> = {
  'hdr(host)': 'exact',
  'hdr_beg(host)': 'beginning',
  'hdr_dom(host)': 'ending',
  'hdr_end(host)': 'ending',
};
/** Of a proxy that is not configured otherwise (`SERVICE_DOMAIN_ALGO`). */
const DEFAULT_ALGORITHM = 'hdr_beg(host)';

/**
 * The hosts of `serviceDomain`. Docker Flow looks at beginnings by default, so that `acme.com` is `acme.com.evil.tld`,
 * too; here it is one host. Endings are the host, and all below it.
 */
export function domainsOf(df: Words): string[] {
  const text = df.text('serviceDomain');
  if (text === undefined) return [];
  const all = df.flag('serviceDomainMatchAll') ? 'hdr_dom(host)' : undefined;
  const named = df.text('serviceDomainAlgo') ?? all ?? DEFAULT_ALGORITHM;
  const algorithm = Object.hasOwn(ALGORITHMS, named) ? ALGORITHMS[named] : undefined;
  if (algorithm === undefined) {
    df.error(
      'serviceDomainAlgo',
      `${shown(named)} is not done. Use hdr(host), hdr_dom(host) or hdr_end(host).`,
    );
  }
  const items = itemsOf(text);
  if (algorithm === 'beginning' && items.some((item) => !item.startsWith('*'))) {
    df.warning('serviceDomain', 'Only the domain itself is matched, not all hosts that begin with it.');
  }
  if (algorithm === 'ending' || items.some((item) => /^\*[^.]/.test(item))) {
    df.warning('serviceDomain', 'The domain and all below it are matched, not all hosts that end so.');
  }
  return hostsOf(
    items.flatMap((item) => {
      if (item.startsWith('*.') || item === '*') return [item];
      const domain = item.replace(/^\*/, '');
      return algorithm === 'ending' || domain !== item ? [domain, `*.${domain}`] : [domain];
    }),
    'serviceDomain',
    df,
  );
}

/** With `reqMode` sni, `servicePath` is what the name in the hello of TLS is compared with, and `pathType` is how. */
export function sniDomainsOf(df: Words): string[] {
  const type = df.text('pathType') ?? '';
  const names = itemsOf(df.text('servicePath') ?? '');
  const isWhole = SNI_ALGORITHM.test(type) || / -m str$/.test(type);
  if (isWhole && !names.some((name) => name.includes('*'))) return hostsOf(names, 'servicePath', df);
  if (/ -m end$/.test(type) && names.every((name) => name.startsWith('.'))) {
    return hostsOf(
      names.map((name) => `*${name}`),
      'servicePath',
      df,
    );
  }
  df.error(
    'pathType',
    'Names of TLS are matched as a whole (req_ssl_sni), or by all below .a.domain (-m end).',
  );
  return [];
}

const hostsOf = (names: readonly string[], word: string, df: Words): string[] => [
  ...new Set(hostsIn(names.join(','), df.label(word), df.findings)),
];
