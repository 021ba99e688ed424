import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { generateDocuments } from './documents.ts';

// Run by `npm run specs` from the project's root.
for (const [path, content] of Object.entries(await generateDocuments())) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  process.stdout.write(`wrote ${path}\n`);
}
