import { open, rename, rm } from 'node:fs/promises';

const OWNER_ONLY = 0o600;

/**
 * Writes a file that is readable for its owner only, so that at any moment, whoever dies, either the old or the new one
 * is there as a whole; also when the machine dies, if it is `durable`.
 */
export async function writeAtomically(
  path: string,
  text: string,
  { durable }: { readonly durable: boolean },
): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, 'w', OWNER_ONLY);
    try {
      await file.writeFile(text);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    // Half a file would only take room, which may be what is missing.
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}
