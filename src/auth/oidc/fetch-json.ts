/** Keys have a type of their own (RFC 7517, 8.5). */
const ACCEPT = 'application/json, application/jwk-set+json';
/** Documents of issuers are a few kilobytes; a key with its certificates has some three. */
const MAX_BYTES = 256 * 1024;

/**
 * Fetches a JSON document. Fails with a sentence for whoever runs the server: for any status but 200, redirects included,
 * for more than 256 KiB, and for what is not JSON.
 */
export async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await answerOf(url, signal);
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} answers with status ${response.status}.`);
  }
  const text = await textOf(response, url);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${url} answers with something that is not JSON.`, { cause });
  }
}

async function answerOf(url: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { signal, redirect: 'manual', headers: { accept: ACCEPT } });
  } catch (cause) {
    throw new Error(`${url} cannot be reached: ${reasonOf(cause)}.`, { cause });
  }
}

/** What `fetch` fails with says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : message;
}

/** Counted as it comes, after it was decompressed: neither a length that is told nor a small one on the wire says anything. */
async function textOf({ body }: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Error(`${url} answers with more than ${MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
