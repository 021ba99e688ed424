/**
 * The lines that HAProxy's configuration may have, told a second time and otherwise than by the writer: by section, each
 * as one regular expression over the whole line. Whatever comes from a label is in a group here that can hold nothing
 * but what its place allows.
 */

const ID = '[0-9a-f]{16}';
const FILE = '/[A-Za-z0-9._/-]+';
const MS = '\\d+ms';
const HEADER = '[A-Za-z0-9-]+';
/** No quote, backslash, brace, `#`, `$`, `%`, backquote or control character. */
const VALUE = "'[!&()*+,\\-./0-9:;<=>?@A-Z[\\]^_a-z|~ ]+'";
const PATH = '/(?:[A-Za-z0-9\\-._~!&()*+;=:@/]|%%[0-9A-Fa-f]{2})*';
const HOST = '[a-z0-9][a-z0-9.-]*';
const BLOCKS = '(?: [0-9a-f.:]+/\\d{1,3}){1,32}';
const TEXT = "'[A-Za-z0-9 .,:]+'";
const HTTPS = '\\{ req\\.hdr\\(X-Forwarded-Proto\\) -m str https \\}';
const TRUSTED = '\\{ var\\(txn\\.trusted\\) -m bool \\}';
const HAS_PORT = '\\{ req\\.hdr\\(host\\),port_only gt 0 \\}';
const JSON_LOG = `log-format '\\{"time":[^']+\\}'`;
const RETURN = 'http-request return status';

const FORWARDED = [
  'http-request del-header Forwarded',
  'http-request del-header X-Forwarded- -m beg',
  'http-request add-header X-Forwarded-For %\\[src\\]',
  'http-request add-header X-Forwarded-Proto https?',
  'http-request add-header X-Forwarded-Host %\\[req\\.hdr\\(host\\)\\]',
  'http-request add-header X-Forwarded-Port (?:80|443)',
  `http-request set-header X-Forwarded-Port %\\[req\\.hdr\\(host\\),port_only\\] if ${HAS_PORT}`,
  `acl trusted src${BLOCKS}`,
  'http-request set-var\\(txn\\.trusted\\) bool\\(true\\) if trusted',
  `http-request del-header (?:X-Forwarded- -m beg|Forwarded) unless ${TRUSTED}`,
  'http-request set-header X-Forwarded-Proto https? unless \\{ req\\.hdr\\(X-Forwarded-Proto\\) -m found \\}',
  'http-request set-header X-Forwarded-Host %\\[req\\.hdr\\(host\\)\\] unless \\{ req\\.hdr\\(X-Forwarded-Host\\) -m found \\}',
  `http-request set-header X-Forwarded-Port %\\[req\\.hdr\\(host\\),port_only\\] if !\\{ req\\.hdr\\(X-Forwarded-Port\\) -m found \\} ${HAS_PORT}`,
  'http-request set-header X-Forwarded-Port (?:80|443) unless \\{ req\\.hdr\\(X-Forwarded-Port\\) -m found \\}',
  'http-request set-src req\\.hdr\\(X-Forwarded-For,-[234]\\) if trusted',
];

const LOOK_UP = `concat\\(,txn\\.path,/\\?\\),map_beg\\(${FILE}\\)`;
const SELECTION = [
  'http-request allow if \\{ var\\(txn\\.route\\) -m beg r_ \\}',
  `acl k_${ID} req\\.fhdr\\([a-z0-9-]+\\) -m (?:found|str -- ${VALUE})`,
  `acl k_${ID} method(?: [A-Z-]+){1,16}`,
  'http-request set-var\\(txn\\.host\\) req\\.hdr\\(host\\),host_only,lower,rtrim\\(\\.\\)',
  'http-request unset-var\\(txn\\.host\\) if \\{ var\\(txn\\.host\\) -m beg \\[ \\}',
  `${RETURN} 400 content-type text/plain string ${TEXT} if \\{ var\\(txn\\.host\\) -m (?:sub /|reg \\[\\^a-z0-9\\._-\\]) \\}`,
  'http-request set-var\\(txn\\.path\\) path',
  `http-request set-var\\(txn\\.route\\) var\\(txn\\.host\\),${LOOK_UP}`,
  `http-request set-var\\(txn\\.parent\\) var\\(txn\\.host\\),field\\(2,\\.,0\\)`,
  `http-request set-var\\(txn\\.suffix\\) var\\(txn\\.parent\\),field\\(-1,\\.,\\d+\\)`,
  `http-request set-var\\(txn\\.route\\) str\\(\\*\\.\\),concat\\(,txn\\.suffix\\),${LOOK_UP}`,
  `http-request set-var\\(txn\\.route\\) str\\(\\*\\),${LOOK_UP}`,
  `http-request set-var\\(txn\\.route\\) str\\(r_${ID}\\) if \\{ var\\(txn\\.route\\) -m str c_${ID} \\}(?: k_${ID}){0,17}`,
  `${RETURN} 503 content-type text/plain string ${TEXT}`,
  'use_backend %\\[var\\(txn\\.route\\)\\]',
];

const HTTP_FRONTEND = [
  `bind \\*:\\d+`,
  `bind (?:\\*:\\d+|unix@${FILE} mode 600 accept-proxy) ssl crt-list ${FILE} strict-sni alpn h2,http/1\\.1`,
  'option idle-close-on-response',
  'http-response set-var-fmt\\(txn\\.at\\) %b/%s',
  JSON_LOG,
  ...FORWARDED,
  ...SELECTION,
];

const NAMED = 'unless \\{ var\\(txn\\.route\\) -m found \\}';
const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  global: [
    'log stdout len 8192 format raw local0',
    `stats socket unix@${FILE} mode 600 level admin expose-fd listeners`,
    'localpeer router',
    'maxconn \\d+',
    'nbthread \\d+',
    `hard-stop-after ${MS}`,
    'ssl-default-bind-options ssl-min-ver TLSv1\\.2',
  ],
  defaults: [
    'mode http',
    'log global',
    'timeout [a-z-]+ \\d+[sh]',
    'option http-keep-alive',
    'option redispatch 1',
    `http-error status 503 content-type text/plain string ${TEXT}`,
  ],
  'peers mates': [`peer router unix@${FILE}`],
  'frontend http': HTTP_FRONTEND,
  'frontend https': HTTP_FRONTEND,
  'frontend tcp_\\d+': ['mode tcp', 'bind \\*:\\d+', JSON_LOG, `default_backend r_${ID}`],
  'frontend tls': [
    'mode tcp',
    'bind \\*:\\d+',
    JSON_LOG,
    'tcp-request inspect-delay 5s',
    'tcp-request content reject unless \\{ req\\.ssl_hello_type 1 \\}',
    'tcp-request content set-var\\(txn\\.host\\) req\\.ssl_sni,lower,rtrim\\(\\.\\)',
    'tcp-request content set-var\\(txn\\.parent\\) var\\(txn\\.host\\),field\\(2,\\.,0\\)',
    'tcp-request content set-var\\(txn\\.suffix\\) var\\(txn\\.parent\\),field\\(-1,\\.,\\d+\\)',
    `tcp-request content set-var\\(txn\\.route\\) (?:var\\(txn\\.host\\)|str\\(\\*\\.\\),concat\\(,txn\\.suffix\\)|str\\(\\*\\)),map_str\\(${FILE}\\) ${NAMED}`,
    'use_backend %\\[var\\(txn\\.route\\)\\] if \\{ var\\(txn\\.route\\) -m found \\}',
    'default_backend tls',
  ],
  'backend tls': ['mode tcp', `server tls unix@${FILE} send-proxy-v2`],
  [`userlist u_${ID}`]: ['user [A-Za-z0-9._@-]+ password \\$[0-9a-z]{1,2}\\$[./0-9A-Za-z$=]+'],
  [`backend q_${ID}`]: ['stick-table type ipv6 size 100k expire 10s store http_req_rate\\(1s\\)'],
  [`backend r_${ID}`]: [
    'mode tcp',
    `timeout (?:connect|server|queue|tunnel|check) ${MS}`,
    'retries \\d+',
    'option httpchk',
    `http-check send meth GET uri '/(?:[A-Za-z0-9\\-._~!&()*+;=:@/]|%[0-9A-Fa-f]{2})*' ver HTTP/1\\.1 hdr Host ${HOST}`,
    `acl allowed src${BLOCKS}`,
    'http-request deny deny_status 403 unless allowed',
    'tcp-request content reject unless allowed',
    `http-request track-sc0 src table q_${ID}`,
    `${RETURN} 429 content-type text/plain hdr Retry-After 1 string ${TEXT} if \\{ sc_http_req_rate\\(0\\) gt \\d+ \\}`,
    `http-request redirect code 308 location 'https://%\\[var\\(txn\\.host\\)\\](?::\\d+)?%\\[pathq\\]' unless ${HTTPS}`,
    `http-request auth realm '[A-Za-z0-9._ -]+' unless \\{ http_auth\\(u_${ID}\\) \\}`,
    `http-request set-var-fmt\\(txn\\.port\\) :%\\[req\\.hdr\\(host\\),port_only\\] if ${HAS_PORT}`,
    `http-request redirect code 30[1278] location '(?:(?:https?:)?//(?:%\\[var\\(txn\\.host\\)\\]|${HOST})(?::\\d+|%\\[var\\(txn\\.port\\)\\])?)?(?:%\\[pathq\\]|${PATH})'(?: unless ${HTTPS})?`,
    'stick-table type binary len 20 size 100k expire 8h srvkey name peers mates',
    'stick on var\\(txn\\.cookie\\),sha1',
    'stick store-response res\\.cook\\([A-Za-z0-9._-]+\\),sha1',
    'http-request set-var\\(txn\\.(?:cookie|server)\\) req\\.cook\\([A-Za-z0-9._-]+\\)',
    `http-request set-var\\(txn\\.secure\\) str\\('; Secure'\\) if ${HTTPS}`,
    "http-response add-header Set-Cookie '[A-Za-z0-9._-]+=%\\[srv_name\\]; Path=/; HttpOnly; SameSite=Lax%\\[var\\(txn\\.secure\\)\\]' unless \\{ srv_name,strcmp\\(txn\\.server\\) eq 0 \\}",
    'http-request del-header X-Forwarded- -m beg',
    `http-re(?:quest|sponse) del-header ${HEADER}`,
    `http-re(?:quest|sponse) (?:set|add)-header ${HEADER} ${VALUE}`,
    `http-request set-path '${PATH}(?:%\\[path(?:,bytes\\(\\d+\\))?\\])'`,
    'use-server %\\[var\\(txn\\.server\\)\\] if \\{ var\\(txn\\.server\\) -m found \\}',
    `server t_[a-zA-Z0-9]+_\\d+ (?:[0-9.]+|\\[[0-9a-f:.]+\\]):\\d+ weight \\d+ pool-purge-delay 5s pool-max-conn -1(?: maxconn \\d+)?(?: send-proxy(?:-v2)?)?(?: ssl verify (?:none|required ca-file @system-ca)(?: sni var\\(txn\\.host\\))?)?(?: check inter ${MS} rise \\d+ fall \\d+(?: check-send-proxy)?)?(?: disabled)?`,
  ],
};

const GRAMMAR = Object.entries(SECTIONS).map(([heading, lines]) => ({
  heading: new RegExp(`^${heading}$`),
  line: new RegExp(`^  (?:${lines.map((each) => `(?:${each})`).join('|')})$`),
}));

const ENTRY = new RegExp(
  `^(?:\\*|(?:\\*\\.)?${HOST})/(?:[A-Za-z0-9\\-._~!&()*+;=:@/]|%[0-9A-Fa-f]{2})*\\?? (?:[rc]_${ID}|-)$`,
);
const SNI_ENTRY = new RegExp(`^(?:\\*|(?:\\*\\.)?${HOST}) (?:r_${ID}|tls)$`);

/** What a configuration is made of: how many sections of each kind, and the lines that no section may have. */
export interface Parsed {
  /** By the first word of the heading and the first letter of its name: `backend r`. */
  readonly sections: ReadonlyMap<string, number>;
  readonly strangeLines: readonly string[];
}

/** Reads a configuration back. */
export function parseConfig(text: string): Parsed {
  const sections = new Map<string, number>();
  const strangeLines: string[] = [];
  let inside: (typeof GRAMMAR)[number] | undefined;
  const [comment, ...lines] = text.split('\n');
  if (!comment?.startsWith('# ')) strangeLines.push(comment ?? '');
  for (const line of lines) {
    if (line === '') {
      inside = undefined;
    } else if (!inside) {
      inside = GRAMMAR.find(({ heading }) => heading.test(line));
      if (!inside) strangeLines.push(line);
      const kind = line.replace(/^(\w+ [a-z]).*$/, '$1');
      sections.set(kind, (sections.get(kind) ?? 0) + 1);
    } else if (!inside.line.test(line)) {
      strangeLines.push(line);
    }
  }
  return { sections, strangeLines };
}

/** The lines of a map that are no entries. */
export function strangeEntries(text: string, kind: 'routes' | 'sni'): string[] {
  const pattern = kind === 'routes' ? ENTRY : SNI_ENTRY;
  return text
    .split('\n')
    .filter((line, index, all) => !pattern.test(line) && !(line === '' && index === all.length - 1));
}
