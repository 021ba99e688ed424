import { createReadStream } from 'node:fs';
import type { EngineClient } from './engine-client.ts';
import { imageTar } from './image-tar.ts';
import type { LocalImageName } from './image-recipes.ts';
import { say, withProgress } from '../progress.ts';

const PULL_DEADLINE_MS = 10_000;

interface LocalImage {
  repository: string;
  tag: string;
  /** Dockerfile lines that the import applies. */
  changes: readonly string[];
}

/** The line of a Dockerfile by which programs are found where Debian has them. */
export const PATH_LINE = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The images that the walkthrough and the tests use. */
const IMAGES: Record<Exclude<LocalImageName, 'router-base'>, LocalImage> = {
  busybox: { repository: 'busybox', tag: 'latest', changes: [PATH_LINE, 'CMD ["sh"]'] },
  nginx: {
    repository: 'nginx',
    tag: 'latest',
    changes: [PATH_LINE, 'EXPOSE 80/tcp', 'CMD ["nginx","-g","daemon off;"]'],
  },
};

export interface LocalImageOptions {
  /** Whether to ask a registry first. Pointless for an engine without a way out. Default true. */
  pull?: boolean;
}

/**
 * Makes sure the engine has `busybox:latest` and `nginx:latest`: as they are, from a registry, or else made from
 * Debian's packages. Rejects when none of that works.
 */
export async function ensureLocalImages(
  client: EngineClient,
  options: LocalImageOptions = {},
): Promise<void> {
  for (const name of Object.keys(IMAGES) as (keyof typeof IMAGES)[]) {
    const { repository, tag, changes } = IMAGES[name];
    const reference = `${repository}:${tag}`;
    if (await client.hasImage(reference)) {
      say(`${reference} is there`);
      continue;
    }
    if (options.pull !== false && (await pulled(client, repository, tag, PULL_DEADLINE_MS))) continue;
    await withProgress(`Making ${reference} from Debian's packages`, async () => {
      const tarFile = await imageTar(name);
      await client.importImage(repository, tag, createReadStream(tarFile), changes);
    });
  }
}

/** Whether a registry gave the engine this image. Says what it does. */
export async function pulled(
  client: EngineClient,
  repository: string,
  tag: string,
  deadlineMs: number,
): Promise<boolean> {
  try {
    await withProgress(`Pulling ${repository}:${tag}`, () => client.pullImage(repository, tag, deadlineMs));
    // A pull can end without an error and without an image, when the registry has none for this architecture.
    return await client.hasImage(`${repository}:${tag}`);
  } catch (error) {
    say(`  no registry answered: ${(error as Error).message}`);
    return false;
  }
}
