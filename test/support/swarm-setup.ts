import type { TestProject } from 'vitest/node';
import { ensureLocalImages } from '../../scripts/engine/local-images.ts';
import { startPrivateEngine } from '../../scripts/engine/private-engine.ts';

/** The real engine that the tests of project `swarm` run against: `inject('engine')`. */
export interface TestEngine {
  /** As DOCKER_HOST spells it. */
  dockerHost: string;
  /** Path of swarmkit's control socket. */
  controlSocket: string;
  /** True when the engine is not ours alone: touch only what carries the label `swarmplane.test`. */
  shared: boolean;
  /** A process in the engine's network namespace, for `nsenter -t`; 0 where that is the one of the tests. */
  netnsPid: number;
}

declare module 'vitest' {
  export interface ProvidedContext {
    engine: TestEngine;
  }
}

/** Starts one engine, a swarm of one with `busybox:latest` and `nginx:latest`, for all the test files of the project. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const startedAt = performance.now();
  const engine = await startPrivateEngine();
  try {
    await ensureLocalImages(engine.client, { pull: engine.shared });
  } catch (error) {
    await engine.stop();
    throw error;
  }
  const { dockerHost, controlSocket, shared, netnsPid } = engine;
  project.provide('engine', { dockerHost, controlSocket, shared, netnsPid });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${shared ? 'Shared' : 'Private'} swarm of one at ${dockerHost}, ready after ${seconds} s`);
  return () => engine.stop();
}
