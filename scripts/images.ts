import { EngineClient } from './engine/engine-client.ts';
import { resolveEndpoint } from './engine/engine-endpoint.ts';
import { ensureLocalImages } from './engine/local-images.ts';

// `npm run images`: gives the engine the two images that the walkthrough uses, on machines without a registry too.
try {
  const client = new EngineClient(resolveEndpoint());
  await client.ping();
  await ensureLocalImages(client);
} catch (error) {
  console.error(`${(error as Error).message}\n\`npm run up\` starts an engine where there is none.`);
  process.exitCode = 1;
}
