import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { serverAddress } from './server-address.ts';
import { dataDirectory } from './up-record.ts';

// `npm run subscribe -- '<a GraphQL subscription>'`: prints each result as a line of JSON until Ctrl-C.
const [query] = process.argv.slice(2);
if (!query) fail("Say what to subscribe to: npm run subscribe -- 'subscription { serviceChanged { type } }'");

const client = createClient({
  url: `${serverAddress().url.replace(/^http/, 'ws')}/graphql`,
  connectionParams: { Authorization: `Bearer ${token()}` },
  retryAttempts: 0,
  // To stderr, so that stdout holds nothing but results.
  on: { connected: () => console.error('Subscribed; Ctrl-C ends.') },
});
// `| head` closes the pipe when it has seen enough.
process.stdout.once('error', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0));

try {
  for await (const result of client.iterate({ query })) console.log(JSON.stringify(result.data ?? result));
} catch (error) {
  fail(reasonOf(error));
}

function token(): string {
  const file = join(dataDirectory(), 'admin-token');
  if (process.env.TOKEN) return process.env.TOKEN;
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  return fail(`There is no token: set TOKEN, or start the server first (npm run up), which writes ${file}`);
}

/** graphql-ws rejects with a close event, with an array of GraphQL errors, or with an error of the socket. */
function reasonOf(error: unknown): string {
  if (Array.isArray(error)) return error.map((each: { message?: string }) => each.message).join('\n');
  const { reason, message } = error as { reason?: string; message?: string };
  return reason || message || `The connection to ${serverAddress().url} was lost. Is the server running?`;
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
