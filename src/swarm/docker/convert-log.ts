import type { LogLine } from '../../domain/log-line.ts';
import { engineError } from './docker-errors.ts';
import type { LogFrame } from './log-frames.ts';

const SPACE = 0x20;
const LINE_END = /\r?\n$/;
const NEWLINE = 0x0a;
/** What is longer is told as several lines, in bytes. Docker itself writes a line in parts of 16 KiB. */
const LONGEST_LINE = 256 * 1024;

interface Part {
  readonly timestamp: string;
  readonly details: string;
  readonly text: Buffer;
}

/** Text that waits for the end of its line, and where it comes from. */
interface Unfinished {
  readonly line: Omit<LogLine, 'message'>;
  readonly parts: Buffer[];
  length: number;
}

/**
 * The lines in the logs of a service, asked for with `timestamps` and `details`: each frame is
 * `<timestamp> <key=value,…> <text>`. A line that Docker writes in several frames is put together. Fails with what
 * the engine says when it cannot read all of them.
 */
export async function* linesFromDocker(frames: AsyncIterable<LogFrame>): AsyncGenerator<LogLine> {
  const unfinished = new Map<string, Unfinished>();
  for await (const { source, payload } of frames) {
    if (source === 'error') throw engineError({ statusCode: 500, message: payload.toString() }, 'read');
    const { timestamp, details, text } = partOf(payload);
    const stream = source === 'stderr' ? 'stderr' : 'stdout';
    const taskId = labelOf(details, 'com.docker.swarm.task.id');
    const key = `${taskId} ${stream}`;
    const line: Unfinished = unfinished.get(key) ?? {
      line: { timestamp, stream, taskId, nodeId: labelOf(details, 'com.docker.swarm.node.id') },
      parts: [],
      length: 0,
    };
    line.parts.push(text);
    line.length += text.length;
    if (text.at(-1) === NEWLINE || line.length >= LONGEST_LINE) {
      unfinished.delete(key);
      yield finished(line);
    } else {
      unfinished.set(key, line);
    }
  }
  for (const line of unfinished.values()) yield finished(line);
}

function partOf(payload: Buffer): Part {
  const first = payload.indexOf(SPACE);
  const second = payload.indexOf(SPACE, first + 1);
  if (first < 0 || second < 0) throw new Error('The engine wrote a log line without a timestamp.');
  return {
    timestamp: payload.toString('latin1', 0, first),
    details: payload.toString('latin1', first + 1, second),
    text: payload.subarray(second + 1),
  };
}

/** A value of the details, in which keys and values are escaped as in a query string. Ids need no escaping. */
function labelOf(details: string, key: string): string {
  const entry = details.split(',').find((pair) => pair.startsWith(`${key}=`));
  return entry?.slice(key.length + 1) ?? '';
}

function finished({ line, parts }: Unfinished): LogLine {
  return { ...line, message: Buffer.concat(parts).toString().replace(LINE_END, '') };
}
