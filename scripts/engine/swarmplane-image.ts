import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfNeeded } from '../build.ts';
import { say, withProgress } from '../progress.ts';
import { CACHE, PROJECT } from '../project.ts';
import type { EngineClient } from './engine-client.ts';
import { contentHash, packBase, packRecipe, packSources } from './image-contents.ts';
import { PATH_LINE, pulled } from './local-images.ts';

const REPOSITORY = 'swarmplane';
/** As in the Dockerfile. */
const DEBIAN = { repository: 'debian', tag: '12-slim' };
const LOCAL_BASE = { repository: 'swarmplane-base', tag: 'latest' };
const PULL_DEADLINE_MS = 60_000;
const BUILD_DEADLINE_MS = 10 * 60_000;
/** On an image: what it was made of. */
const CONTENT_LABEL = 'io.swarmplane.content';

export interface SwarmplaneImageOptions {
  /** Whether to ask a registry for Debian's image. Pointless for an engine without a way out. Default true. */
  pull?: boolean;
}

/**
 * Makes sure that the engine has the image of the project as it is here, and answers its reference. What is there
 * already is taken. Where a registry answers it is made as `docker build` makes it, from the sources and upon Debian's
 * image; else of what is compiled and installed here, upon a base made from Debian's packages.
 */
export async function ensureSwarmplaneImage(
  client: EngineClient,
  { pull = true }: SwarmplaneImageOptions = {},
): Promise<string> {
  await buildIfNeeded();
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string };
  const reference = `${REPOSITORY}:${version}`;
  const content = contentHash();
  if ((await contentOf(client, reference)) === content) {
    say(`${reference} is there`);
    return reference;
  }
  // By the engine's own builder, which every engine has.
  const build = (context: string, base: Record<string, string> = {}): Promise<unknown> =>
    client.call('POST', '/build', {
      query: {
        t: [reference, `${REPOSITORY}:latest`],
        buildargs: JSON.stringify({ ...base, VERSION: version }),
        labels: JSON.stringify({ [CONTENT_LABEL]: content }),
        version: '1',
        forcerm: '1',
      },
      headers: { 'content-type': 'application/x-tar' },
      body: createReadStream(context),
      timeoutMs: BUILD_DEADLINE_MS,
    });
  await withDirectory(async (directory) => {
    const context = join(directory, 'context.tar');
    const fromSources = async (): Promise<void> => {
      await packSources(context);
      await build(context);
    };
    if (pull && (await pulled(client, DEBIAN.repository, DEBIAN.tag, PULL_DEADLINE_MS))) {
      if (await succeeds(`Building ${reference} from the sources`, fromSources)) return;
    }
    await withProgress(`Making ${reference} of what is here and Debian's packages`, async () => {
      const base = await importBase(client, directory);
      await packRecipe(context);
      await build(context, { BASE: base, BUILDER: base });
    });
  });
  return reference;
}

async function importBase(client: EngineClient, directory: string): Promise<string> {
  const file = join(directory, 'base.tar');
  await packBase(file);
  const { repository, tag } = LOCAL_BASE;
  await client.importImage(repository, tag, createReadStream(file), [PATH_LINE], BUILD_DEADLINE_MS);
  return `${repository}:${tag}`;
}

async function contentOf(client: EngineClient, reference: string): Promise<string | undefined> {
  if (!(await client.hasImage(reference))) return undefined;
  const image = await client.call<{ Config?: { Labels?: Record<string, string> | null } }>(
    'GET',
    `/images/${reference}/json`,
  );
  return image.Config?.Labels?.[CONTENT_LABEL];
}

async function succeeds(what: string, work: () => Promise<void>): Promise<boolean> {
  try {
    await withProgress(what, work);
    return true;
  } catch (error) {
    say(`  ${(error as Error).message}`);
    return false;
  }
}

async function withDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const directory = mkdtempSync(join(CACHE, 'image-'));
  try {
    await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
