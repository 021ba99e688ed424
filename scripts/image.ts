import { BuildError } from './build.ts';
import { EngineClient } from './engine/engine-client.ts';
import { resolveEndpoint } from './engine/engine-endpoint.ts';
import { ensureSwarmplaneImage } from './engine/swarmplane-image.ts';

// `npm run image`: gives the engine the image of this version, which is both server and router.
try {
  const client = new EngineClient(resolveEndpoint());
  await client.ping();
  await ensureSwarmplaneImage(client);
} catch (error) {
  const advice = error instanceof BuildError ? '' : '\n`npm run up` starts an engine where there is none.';
  console.error(`${(error as Error).message}${advice}`);
  process.exitCode = 1;
}
