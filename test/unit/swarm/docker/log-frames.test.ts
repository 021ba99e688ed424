import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesFromDocker } from '../../../../src/swarm/docker/convert-log.ts';
import { logFrames, terminalFrames, type LogFrame } from '../../../../src/swarm/docker/log-frames.ts';

const SOURCES = ['stdin', 'stdout', 'stderr', 'error'] as const;

function frame(source: LogFrame['source'], payload: Buffer | string): Buffer {
  const text = Buffer.from(payload);
  const header = Buffer.alloc(8);
  header.writeUInt8(SOURCES.indexOf(source), 0);
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, text]);
}

/** The bytes, cut at these places. */
async function* chunksOf(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, bytes.length]) {
    await Promise.resolve();
    yield bytes.subarray(from, to);
    from = to;
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

const anyFrames = fc.array(
  fc.record({
    source: fc.constantFrom(...SOURCES),
    payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  }),
  { maxLength: 20 },
);

describe('logFrames', () => {
  it('finds the frames wherever the chunks end', async () => {
    await fc.assert(
      fc.asyncProperty(anyFrames, fc.array(fc.nat()), async (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(({ source, payload }) => frame(source, payload)));
        const found = await all(logFrames(chunksOf(bytes, cuts)));
        expect(found.map(({ source, payload }) => [source, payload.toString('hex')])).toEqual(
          frames.map(({ source, payload }) => [source, payload.toString('hex')]),
        );
      }),
    );
  });

  it('says when the stream breaks off inside of a frame', async () => {
    const bytes = frame('stdout', 'one');
    for (let length = 1; length < bytes.length; length++) {
      await expect(all(logFrames(chunksOf(bytes.subarray(0, length), [])))).rejects.toThrow(/broke off/);
    }
  });

  it.each([
    ['text', Buffer.from('2026-06-07T21:00:00Z one\n')],
    ['a frame of four gigabytes', Buffer.from([1, 0, 0, 0, 255, 255, 255, 255])],
  ])('refuses %s', async (_, bytes) => {
    await expect(all(logFrames(chunksOf(bytes, [])))).rejects.toThrow(/not in frames/);
  });
});

describe('terminalFrames', () => {
  it('finds the lines wherever the chunks end, and loses no byte', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 50 }), { maxLength: 20 }),
        fc.array(fc.nat()),
        async (lines, cuts) => {
          const bytes = Buffer.from(lines.join('\n'));
          const found = (await all(terminalFrames(chunksOf(bytes, cuts)))).map(({ payload }) => payload);
          expect(Buffer.concat(found).equals(bytes)).toBe(true);
          for (const line of found.slice(0, -1)) expect(line.indexOf('\n')).toBe(line.length - 1);
        },
      ),
    );
  });

  it('does not wait for ever for the end of a line', async () => {
    const endless = chunksOf(Buffer.alloc(1024 * 1024 + 1, 'x'), []);
    await expect(all(terminalFrames(endless))).rejects.toThrow(/without an end/);
  });
});

const DETAILS =
  'com.docker.swarm.node.id=n1,com.docker.swarm.service.id=s1,com.docker.swarm.task.id=t1,team=a+b%2Cc';

async function* framesOf(...frames: readonly [LogFrame['source'], string][]): AsyncGenerator<LogFrame> {
  await Promise.resolve();
  for (const [source, text] of frames) yield { source, payload: Buffer.from(text) };
}

describe('linesFromDocker', () => {
  const at = (second: number): string => `2026-06-07T21:00:0${second}.000000001Z`;
  const line = (second: number, message: string, stream = 'stdout', taskId = 't1'): object => ({
    timestamp: at(second),
    stream,
    taskId,
    nodeId: 'n1',
    message,
  });

  it('reads time, task, node and text', async () => {
    const frames = framesOf(
      ['stdout', `${at(1)} ${DETAILS} one two \n`],
      ['stderr', `${at(2)} ${DETAILS} \r\n`],
      ['stdout', `${at(3)} ${DETAILS} no end`],
    );
    expect(await all(linesFromDocker(frames))).toEqual([
      line(1, 'one two '),
      line(2, '', 'stderr'),
      line(3, 'no end'),
    ]);
  });

  it('puts together what Docker has cut, also inside of a character, whatever comes between', async () => {
    const [ue] = [Buffer.from('ü')];
    const other = DETAILS.replace('task.id=t1', 'task.id=t2');
    async function* frames(): AsyncGenerator<LogFrame> {
      await Promise.resolve();
      const cut = (text: Buffer): Buffer => Buffer.concat([Buffer.from(`${at(1)} ${DETAILS} `), text]);
      yield { source: 'stdout', payload: cut(Buffer.concat([Buffer.from('a'), ue.subarray(0, 1)])) };
      yield { source: 'stdout', payload: Buffer.from(`${at(2)} ${other} another\n`) };
      yield { source: 'stderr', payload: Buffer.from(`${at(2)} ${DETAILS} aside\n`) };
      yield { source: 'stdout', payload: cut(Buffer.concat([ue.subarray(1), Buffer.from('b\n')])) };
    }
    expect(await all(linesFromDocker(frames()))).toEqual([
      line(2, 'another', 'stdout', 't2'),
      line(2, 'aside', 'stderr'),
      line(1, 'aüb'),
    ]);
  });

  it('tells a line without an end in parts, so that memory has one', async () => {
    const part: [LogFrame['source'], string] = ['stdout', `${at(1)} ${DETAILS} ${'x'.repeat(100_000)}`];
    const lines = await all(linesFromDocker(framesOf(part, part, part, part)));
    expect(lines.map(({ message }) => message.length)).toEqual([300_000, 100_000]);
  });

  it.each([
    [
      'error from daemon in stream: Error grabbing logs: rpc error: code = Unknown desc = warning: incomplete log stream. some logs could not be retrieved for the following reasons: node n2 is not available',
      'conflict',
    ],
    ['Error grabbing logs: configured logging driver does not support reading', 'conflict'],
    ['rpc error: code = DeadlineExceeded desc = context deadline exceeded', 'timeout'],
    ['something else', 'internal'],
  ])('fails with what the engine says: %s', async (said, kind) => {
    const lines = linesFromDocker(framesOf(['stdout', `${at(1)} ${DETAILS} one\n`], ['error', said]));
    expect(await lines.next()).toEqual({ done: false, value: line(1, 'one') });
    await expect(lines.next()).rejects.toMatchObject({ kind });
  });

  it('refuses a line without its head', async () => {
    await expect(all(linesFromDocker(framesOf(['stdout', 'nonsense\n'])))).rejects.toThrow(
      /without a timestamp/,
    );
  });
});
