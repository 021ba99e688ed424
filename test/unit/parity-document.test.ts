import { expect, it } from 'vitest';
import { parityDocument } from '../swarm/parity-document.ts';

it('docs/parity.md is committed as the table makes it (run this test with -u to write it)', async () => {
  await expect(await parityDocument()).toMatchFileSnapshot('../../docs/parity.md');
});
