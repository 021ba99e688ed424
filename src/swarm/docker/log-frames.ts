/** One write of Docker's multiplexed stream. `error` is what the engine itself has to say. */
export interface LogFrame {
  readonly source: 'stdin' | 'stdout' | 'stderr' | 'error';
  readonly payload: Buffer;
}

/** A byte for the source, three of zero, and the length of the payload, big endian (moby, `pkg/stdcopy`). */
const HEADER_BYTES = 8;
const LENGTH_AT = 4;
const SOURCES = ['stdin', 'stdout', 'stderr', 'error'] as const;
/** Docker cuts lines at 16 KiB; with what it writes before them, a frame is never near this long. */
const LONGEST = 1024 * 1024;

/** The frames of a multiplexed stream. Chunks end anywhere. Throws for what is no such stream, or breaks off. */
export async function* logFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<LogFrame> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= HEADER_BYTES) {
      const source = SOURCES[rest.readUInt8(at)];
      const length = rest.readUInt32BE(at + LENGTH_AT);
      if (source === undefined || length > LONGEST) {
        throw new Error('The engine wrote logs that are not in frames.');
      }
      const end = at + HEADER_BYTES + length;
      if (rest.length < end) break;
      yield { source, payload: rest.subarray(at + HEADER_BYTES, end) };
      at = end;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw new Error('The engine broke off in the middle of a log line.');
}

const NEWLINE = 0x0a;

/** The lines of the stream of a service with a terminal, which has no frames: each with its line break. */
export async function* terminalFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<LogFrame> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE, at)) {
      yield { source: 'stdout', payload: rest.subarray(at, end + 1) };
      at = end + 1;
    }
    rest = rest.subarray(at);
    if (rest.length > LONGEST) throw new Error('The engine wrote a log line without an end.');
  }
  if (rest.length > 0) yield { source: 'stdout', payload: rest };
}
