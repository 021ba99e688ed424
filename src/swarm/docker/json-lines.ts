import { StringDecoder } from 'node:string_decoder';
import type { Document } from './document.ts';

/** No event of Docker's is near this long, in characters; what is longer is none. */
const LONGEST_LINE = 1024 * 1024;

/**
 * JSON objects out of a stream that writes one per line. Chunks end anywhere, in the middle of a character too.
 * Throws when a line is no JSON, or far too long.
 */
export async function* jsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Document> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.write(Buffer.from(chunk))).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw new Error('The engine wrote a line without an end.');
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as Document;
  }
}
