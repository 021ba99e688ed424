import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { StringMap } from '../../../src/domain/object.ts';
import { isWanted, type Task } from '../../../src/domain/task.ts';
import { makeCertificate } from '../certificate-maker.ts';
import type { RealServer } from '../real-server.ts';

const PROGRAM = new URL('./echo-task.ts', import.meta.url);
/** Where the packages of the image are found. */
const PROGRAM_IN_IMAGE = '/app/echo-task.ts';
const NODE_IN_IMAGE = '/app/node_modules/node/bin/node';
const CONFIG = 'echo-task';
const RUNS_WITHIN_MS = 60_000;

export interface EchoService {
  readonly networks: readonly string[];
  /** That the tasks listen on. */
  readonly listen: readonly number[];
  readonly replicas?: number;
  readonly labels?: StringMap;
  /** Anything else of a service. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Services whose tasks tell who they are and what has reached them (`echo-task.ts`). */
export class EchoServices {
  private readonly labels = new Map<string, StringMap>();

  private constructor(
    private readonly at: { readonly server: RealServer },
    private readonly image: string,
    private readonly environment: StringMap,
  ) {}

  /** @param at what has the server, which may be another one later */
  static async open(at: { readonly server: RealServer }, image: string): Promise<EchoServices> {
    const { certificate, key } = makeCertificate({ commonName: 'a task', names: ['task.test'] });
    const data = readFileSync(PROGRAM).toString('base64');
    const made = await at.server.rest.post('/v1/configs').send({ name: CONFIG, data });
    expect(made.status, made.text).toBe(201);
    return new EchoServices(at, image, { ECHO_CERTIFICATE: certificate, ECHO_KEY: key });
  }

  get names(): readonly string[] {
    return [...this.labels.keys()];
  }

  /** Starts a service, and waits until its tasks answer. */
  async start(
    name: string,
    { networks, listen, replicas = 1, labels = {}, more }: EchoService,
  ): Promise<void> {
    const { env = {}, ...rest } = (more ?? {}) as { env?: StringMap };
    const answer = await this.at.server.rest.post('/v1/services').send({
      name,
      image: this.image,
      resolveImage: 'off',
      command: [NODE_IN_IMAGE, PROGRAM_IN_IMAGE],
      configs: [{ config: CONFIG, target: PROGRAM_IN_IMAGE }],
      env: {
        ...this.environment,
        ECHO_SERVICE: '{{.Service.Name}}',
        ECHO_TASK: '{{.Task.ID}}',
        ECHO_PORTS: listen.join(','),
        ...env,
      },
      // A task is RUNNING, and gets requests, once it answers.
      healthcheck: { test: ['CMD', 'test', '-e', '/tmp/ready'], interval: 200, timeout: 5_000, retries: 50 },
      networks: networks.map((network) => ({ network })),
      replicas,
      labels,
      ...rest,
    });
    expect(answer.status, answer.text).toBe(201);
    this.labels.set(name, labels);
    await this.running(name, replicas);
  }

  /** Gives a service these labels, and no others of those that it was given here. */
  async label(name: string, labels: StringMap): Promise<void> {
    const before = this.labels.get(name) ?? {};
    const gone = Object.keys(before).map((label): [string, null] => [label, null]);
    await this.change(name, { labels: { ...Object.fromEntries(gone), ...labels } });
    this.labels.set(name, labels);
  }

  async change(name: string, patch: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = await this.at.server.rest.patch(`/v1/services/${name}`).send(patch);
    expect(answer.status, answer.text).toBe(200);
  }

  async scale(name: string, replicas: number): Promise<void> {
    await this.at.server.rest.post(`/v1/services/${name}/scale`).send({ replicas }).expect(200);
    await this.running(name, replicas);
  }

  /** Replaces every task of a service, and waits until that is over. */
  async roll(name: string, updateConfig: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const before = this.tasks(name);
    await this.change(name, {
      updateConfig: { parallelism: 1, ...updateConfig },
      env: { ECHO_ROUND: `${performance.now()}` },
    });
    for (const { id } of before) await this.replaced(name, id);
    await this.running(name, before.length);
  }

  /** Waits until a task is gone, and another one runs in its place. */
  async replaced(name: string, id: string): Promise<void> {
    const count = this.at.server.state.services.named(name)[0]?.replicas ?? 1;
    const done = await this.at.server.state.until(
      () => !this.tasks(name).some((task) => task.id === id) || undefined,
      RUNS_WITHIN_MS,
    );
    expect(done, `the task ${id} is replaced`).toBe(true);
    await this.running(name, count);
  }

  /** The tasks of a service that are to run. */
  tasks(name: string): Task[] {
    const [service] = this.at.server.state.services.named(name);
    return this.at.server.state.tasks.by('service', service?.id ?? '').filter(isWanted);
  }

  /** Waits until a service has so many tasks that answer, and no others. */
  async running(name: string, count: number): Promise<void> {
    const { state } = this.at.server;
    const isSo = (): boolean => {
      const tasks = this.tasks(name);
      return tasks.length === count && tasks.every((task) => task.state === 'running');
    };
    const done = await state.until(() => isSo() || undefined, RUNS_WITHIN_MS);
    expect(done, `${count} tasks of ${name} run`).toBe(true);
  }

  /**
   * Waits until the tasks that are no longer wanted have stopped: with `start-first` Swarm no longer wants a task some
   * time before it tells it to stop.
   */
  async settled(name: string): Promise<void> {
    const { state } = this.at.server;
    const isSo = (): boolean => {
      const [service] = state.services.named(name);
      const tasks = state.tasks.by('service', service?.id ?? '');
      return tasks.every((task) => isWanted(task) || task.state !== 'running');
    };
    expect(await state.until(() => isSo() || undefined, RUNS_WITHIN_MS), `${name} settles`).toBe(true);
  }

  async remove(name: string): Promise<void> {
    if (!this.labels.delete(name)) return;
    await this.at.server.rest.delete(`/v1/services/${name}`).expect(204);
  }

  async close(): Promise<void> {
    for (const name of this.names) await this.remove(name);
    await this.at.server.rest.delete(`/v1/configs/${CONFIG}`);
  }
}
