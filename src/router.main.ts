import { createRequire } from 'node:module';
import pino from 'pino';
import { loadRouterConfig } from './config.ts';
import { isKind } from './domain/errors.ts';
import { RouterAgent } from './router/router-agent.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

try {
  const { agent: settings, logLevel } = loadRouterConfig();
  const agent = new RouterAgent(settings, version, pino({ level: logLevel }));
  const end = (): void => void agent.stop().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  await agent.start();
} catch (error) {
  // What the operator can mend is told in a sentence; anything else is a bug and shows its stack.
  process.stderr.write(
    `${isKind(error, 'invalid') ? error.message : String((error as Error).stack ?? error)}\n`,
  );
  process.exit(1);
}
