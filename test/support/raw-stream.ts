import { get, type IncomingMessage } from 'node:http';
import { within } from './subscription.ts';

/** An answer that goes on, as the bytes it is: all that has come of it, and whether it is over. */
export class RawStream {
  text = '';
  isOver = false;
  private readonly end = Promise.withResolvers<void>();

  private constructor(private readonly response: IncomingMessage) {
    response.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk));
    const over = (): void => {
      this.isOver = true;
      this.end.resolve();
    };
    response.on('close', over).on('error', over);
  }

  static async open(url: string, headers: Record<string, string>): Promise<RawStream> {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      get(url, { headers, agent: false }, resolve).on('error', reject);
    });
    return new RawStream(await within(answered, `${url} was not answered`));
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  /** Waits until the server has ended it. */
  ended(): Promise<void> {
    return within(this.end.promise, 'The stream did not end');
  }

  close(): void {
    this.response.destroy();
  }
}
