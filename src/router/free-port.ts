import { createServer } from 'node:net';
import { PortTaken } from './proxy-control.ts';

/**
 * Rejects with PortTaken when HAProxy could not listen on a port. It is asked before a reload, because HAProxy stops to
 * listen everywhere while it tries to get a port that somebody else has.
 * @param address `*` for all of IPv4
 */
export async function assertFree(address: string, port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host: address === '*' ? '0.0.0.0' : address, exclusive: true }, resolve);
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new PortTaken(
      `Nobody can listen on port ${port} of this router (${code ?? message}). Free it, or change the route.`,
      {
        cause: error,
      },
    );
  } finally {
    server.close();
  }
}
