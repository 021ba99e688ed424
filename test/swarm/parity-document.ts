import { format, resolveConfig } from 'prettier';
import { ENDINGS, EXPLAINED, NETWORK_ROWS, SERVICE_ROWS } from './parity-table.ts';

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;
/** As one types it: what has a space in it between quotes. */
const typed = (words: string): string =>
  words.replaceAll(/\S*~\S*/g, (word) => `'${word.replaceAll('~', ' ')}'`);
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const explained = (flags: Readonly<Record<string, string>>): string =>
  table(
    ['flag', 'why, or what instead'],
    Object.entries(flags).map(([flag, why]) => [code(`--${flag}`), why]),
  );
const endings = Object.entries(ENDINGS).map(([ending, how]) => [code(`--…${ending}`), how] as const);

/** `docs/parity.md`, from the table that the differential test works off. */
export async function parityDocument(): Promise<string> {
  const text = `# Parity with the Docker CLI

Generated from \`test/swarm/parity-table.ts\`; a test fails while it differs
(\`vitest run --project unit test/unit/parity-document.test.ts -u\` writes it).

Each row is made twice on one real engine by \`test/swarm/parity.test.ts\`, by the CLI and by the API, and what the Engine API
shows of the two is equal. What is not compared, and why, is in \`test/swarm/parity-normal-form.ts\`: names, what is empty,
the order of what has none, and what the engine gives each network. The same test reads \`--help\` of the CLI that it runs:
a flag that is neither in a row nor explained here fails it. Another one makes a service with all of these set, changes one
field after the other by PATCH, and compares every other byte of the spec.

The CLI says \`init: false\` for every service unless told otherwise, and, as soon as it has one flag of a restart, update or
rollback policy, all of Swarm's defaults for the others. The API says what it is told; Swarm's defaults apply all the same.

## \`docker service create\` and \`POST /v1/services\`

${table(
  ['flags', 'input', ''],
  SERVICE_ROWS.map(({ flags, command, input, api, note }) => [
    [flags && code(typed(flags)), command && `image ${code(typed(command))}`].filter(Boolean).join(' '),
    code(JSON.stringify(input)),
    [api && `Needs API ${api}; refused before that, by both.`, note].filter(Boolean).join(' '),
  ]),
)}

## \`docker service update\` and \`PATCH /v1/services/{service}\`

A flag that \`create\` has, too, is the same field in a patch.

${table(['flag', 'how'], endings)}

${explained(EXPLAINED.update)}

## \`docker network create\` and \`POST /v1/networks\`

Networks are of the driver \`overlay\`. \`{s}\` is a number that differs between the two, because a subnet is taken once.

${table(
  ['flags', 'input', ''],
  NETWORK_ROWS.map(({ flags, input, note }) => [
    flags && code(flags),
    code(JSON.stringify(input)),
    note ?? '',
  ]),
)}

## Flags that are in no row

Of \`docker service create\` and \`update\`:

${explained(EXPLAINED.create)}

Of \`docker network create\`:

${explained(EXPLAINED.network)}
`;
  const path = new URL('../../docs/parity.md', import.meta.url).pathname;
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}
