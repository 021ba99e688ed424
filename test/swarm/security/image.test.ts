import { beforeAll, describe, expect, inject, it } from 'vitest';
import { mustRun } from '../../../scripts/command.ts';
import { EngineClient } from '../../../scripts/engine/engine-client.ts';
import { ensureSwarmplaneImage } from '../../../scripts/engine/swarmplane-image.ts';
import { engineApi } from '../../support/engine-api.ts';

const engine = inject('engine');
/** The first run on a machine makes the image. */
const MADE_WITHIN_MS = 5 * 60_000;

interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly ExposedPorts: Readonly<Record<string, object>>;
  readonly Entrypoint: readonly string[];
}

let image: string;
beforeAll(async () => {
  const client = new EngineClient({ host: engine.dockerHost, verify: false, source: 'DOCKER_HOST' });
  image = await ensureSwarmplaneImage(client, { pull: engine.shared });
}, MADE_WITHIN_MS);

/** What a command says in a container that may as little as docs/security.md says it needs. */
const run = (script: string): Promise<string> =>
  mustRun(
    'docker',
    [
      ...[
        'run',
        '--rm',
        '--read-only',
        '--cap-drop=ALL',
        '--security-opt=no-new-privileges',
        '--network=none',
      ],
      ...['--entrypoint=sh', image, '-c', script],
    ],
    { env: { ...process.env, DOCKER_HOST: engine.dockerHost } },
  );

describe('the image', () => {
  it('is run by a user that is not root, and holds no secret', async () => {
    const { Config } = (await engineApi(engine.dockerHost).get(`/images/${image}/json`)) as {
      Config: ImageConfig;
    };
    expect(Config.User).toBe('10001:10001');
    expect(Config.Entrypoint).toEqual(['swarmplane']);
    // Ports that take no privilege to be opened.
    const ports = Object.keys(Config.ExposedPorts).map((port) => parseInt(port));
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(1024);
    expect(Config.Env.filter((line) => /token|key|secret|password/i.test(line))).toEqual([]);
  });

  it('has no file by which anybody becomes another user, and none of the program’s that its user could change', async () => {
    expect(await run('find / -xdev -type f -perm /6000 2>/dev/null; echo end')).toBe('end\n');
    expect(await run('find /app /usr/local/bin -xdev -writable ! -type l 2>/dev/null; echo end')).toBe(
      'end\n',
    );
    expect(await run('id -u; id -G')).toBe('10001\n10001\n');
  });

  it('runs with a read-only root and without a capability', async () => {
    expect(await run('touch /app/x 2>/dev/null || echo refused')).toBe('refused\n');
    expect(await run('grep CapEff /proc/self/status')).toMatch(/0{16}/);
    // It is Node that is missing nothing: what it then says is of its settings.
    const told = await run('SWARMPLANE_PORT=x swarmplane server 2>&1; true');
    expect(told).toContain('SWARMPLANE_PORT');
  });
});
