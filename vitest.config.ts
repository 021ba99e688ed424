import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

// graphql ships CommonJS and ESM; two instances of it refuse each other's schema objects.
const resolve = { alias: { graphql: require.resolve('graphql') } };

export default defineConfig({
  resolve,
  test: {
    projects: [
      // The limit of time is for what hangs: property tests take seconds, and more on a busy machine.
      { resolve, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      {
        resolve,
        test: {
          name: 'proxy',
          include: ['test/proxy/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      { resolve, test: { name: 'surface', include: ['test/surface/**/*.test.ts'], testTimeout: 20_000 } },
      {
        resolve,
        test: {
          name: 'swarm',
          include: ['test/swarm/**/*.test.ts'],
          globalSetup: ['test/support/swarm-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        resolve,
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
