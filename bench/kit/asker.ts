import { connect, type Socket } from 'node:net';

const STATUS = /^HTTP\/1\.1 (\d+)/;
const LENGTH = /^content-length: (\d+)/im;

/** Where to ask, on the loopback, and for whom. */
export interface Door {
  readonly port: number;
  readonly host: string;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * Asks for one host, one request after the other, on a connection that is kept while the other side keeps it. Node's own
 * client would take more of the processors than what it asks.
 */
export class Asker {
  private readonly port: number;
  private readonly request: string;
  private socket: Socket | undefined;

  constructor(door: Door) {
    this.port = door.port;
    this.request = `GET / HTTP/1.1\r\nHost: ${door.host}\r\n\r\n`;
  }

  /** Rejects when there is no answer. */
  ask(): Promise<Answer> {
    const socket = (this.socket ??= connect({ port: this.port, host: '127.0.0.1', noDelay: true }));
    return new Promise((resolve, reject) => {
      let text = '';
      const settle = (answer: Answer | Error): void => {
        socket.removeAllListeners();
        if (answer instanceof Error || /^connection: close/im.test(text)) this.close();
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      };
      socket.on('error', settle);
      socket.on('close', () => settle(new Error('The connection was closed without an answer.')));
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        const end = text.indexOf('\r\n\r\n') + 4;
        const length = Number(LENGTH.exec(text)?.[1] ?? 0);
        if (end < 4 || text.length < end + length) return;
        settle({ status: Number(STATUS.exec(text)?.[1]), body: text.slice(end, end + length) });
      });
      socket.write(this.request);
    });
  }

  close(): void {
    // Whatever still comes of it is nobody's concern.
    this.socket?.on('error', () => undefined).destroy();
    this.socket = undefined;
  }
}
