import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A Unix socket that passes everything on to another one, and whose connections can be cut or held. */
export class CuttableSocket {
  private readonly directory = mkdtempSync(join(tmpdir(), 'swc-'));
  readonly path = join(this.directory, 's.sock');
  private readonly connections = new Set<Socket>();
  private readonly server: Server;
  private held = false;
  private lost: RegExp | null = null;

  private constructor(target: string) {
    this.server = createServer((client) => {
      const upstream = connect(target);
      let isLost = false;
      client.on('data', (chunk: Buffer) => {
        isLost = this.lost?.test(chunk.toString('latin1').split('\r\n', 1)[0] ?? '') ?? false;
      });
      upstream.on('data', () => {
        if (isLost) client.destroy();
      });
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.connections.add(from);
        from.on('close', () => {
          this.connections.delete(from);
          to.destroy();
        });
        from.on('error', () => from.destroy());
        from.pipe(to);
      }
      if (this.held) for (const socket of [client, upstream]) socket.pause();
    });
  }

  /** Starts to pass on what arrives at `path` to the socket `target`. */
  static async before(target: string): Promise<CuttableSocket> {
    const socket = new CuttableSocket(target);
    await new Promise<void>((resolve) => socket.server.listen(socket.path, resolve));
    return socket;
  }

  /** Ends every connection there is; new ones are taken. */
  cut(): void {
    for (const connection of this.connections) connection.destroy();
  }

  /**
   * Lets requests through whose first line fits, and breaks their connections when the answer comes; null lets answers
   * through again.
   */
  loseAnswersTo(firstLine: RegExp | null): void {
    this.lost = firstLine;
  }

  /** Keeps every connection open, and lets nothing through any more: what a process that hangs looks like. */
  hold(): void {
    this.held = true;
    for (const connection of this.connections) {
      connection.unpipe();
      connection.pause();
    }
  }

  /** Lets new connections through again. */
  release(): void {
    this.held = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.directory, { recursive: true, force: true });
  }
}
