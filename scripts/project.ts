import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root directory of the checkout. */
export const PROJECT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** Where the scripts keep what can be made again. Goes away with node_modules. */
export const CACHE = join(PROJECT, 'node_modules', '.cache', 'swarmplane');

/** The environment for programs of the project: its own Node and tools come first on PATH. */
export function projectEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${join(PROJECT, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`,
  };
}
