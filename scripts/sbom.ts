import { join } from 'node:path';
import { say } from './progress.ts';
import { PROJECT } from './project.ts';
import { writeSoftwareBills } from './software-bill.ts';

// `npm run sbom`: writes what a release is made of to sbom/, from where the image takes it along.
try {
  await writeSoftwareBills(join(PROJECT, 'sbom'));
  say('Written: sbom/swarmplane.cdx.json and sbom/swarmplane.spdx.json');
} catch (error) {
  console.error(`${(error as Error).message}\nThis needs npm 10 or later: npm install --global npm`);
  process.exitCode = 1;
}
