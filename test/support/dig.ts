import { mustRun } from '../../scripts/command.ts';
import { debianProgram } from '../../scripts/engine/debian-program.ts';

/** What dig has been answered. */
export interface Dug {
  readonly status: string;
  /** `aa`, `tc` and so on. */
  readonly flags: readonly string[];
  readonly answers: readonly DugRecord[];
  readonly authorities: readonly DugRecord[];
  readonly additionals: readonly DugRecord[];
}

export interface DugRecord {
  /** As it was sent, with the dot at its end. */
  readonly name: string;
  readonly ttl: number;
  readonly type: string;
  readonly data: string;
}

/** Asks a name server with dig (Debian's bind9-dnsutils), as one would type it: `my-web.front.swarm.internal`, `A`, `+tcp`. */
export async function dig(port: number, ...question: readonly string[]): Promise<Dug> {
  const [program = '', ...before] = await debianProgram('dig', ['bind9-dnsutils', 'bind9-libs']);
  const server = ['@127.0.0.1', '-p', String(port), '+time=2', '+tries=3'];
  const printed = await mustRun(program, [...before, ...server, ...question]);
  return {
    status: /status: (\w+)/.exec(printed)?.[1] ?? '',
    flags: (/flags: ([^;]*);/.exec(printed)?.[1] ?? '').split(' '),
    answers: section(printed, 'ANSWER'),
    authorities: section(printed, 'AUTHORITY'),
    additionals: section(printed, 'ADDITIONAL'),
  };
}

function section(printed: string, name: string): DugRecord[] {
  const [, text = ''] = new RegExp(`;; ${name} SECTION:\\n([^]*?)\\n\\n`).exec(printed) ?? [];
  return [...text.matchAll(/^(\S+)\s+(\d+)\s+IN\s+(\S+)\s+(.*)$/gm)].map(
    ([, owner = '', ttl = '', type = '', data = '']) => ({ name: owner, ttl: Number(ttl), type, data }),
  );
}
