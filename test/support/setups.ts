import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Service } from '../../src/domain/service.ts';
import type { Task, TaskState } from '../../src/domain/task.ts';
import { engineApi, type EngineApi } from './engine-api.ts';
import type { RealServer } from './real-server.ts';
import type { TestEngine } from './swarm-setup.ts';

const WITHIN_MS = 30_000;
/** A command that goes on until it is told to stop, and then stops at once. */
export const STAYS = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'];

/** Networks, services and containers on a real engine, with names of their own, that are removed again. */
export class Setups {
  readonly docker: EngineApi;
  private readonly suffix = randomBytes(3).toString('hex');
  private readonly labels = { 'swarmplane.test': this.suffix };
  private readonly made: { containers: string[]; services: string[]; networks: string[] } = {
    containers: [],
    services: [],
    networks: [],
  };

  constructor(
    private readonly server: RealServer,
    engine: Pick<TestEngine, 'dockerHost'>,
  ) {
    this.docker = engineApi(engine.dockerHost);
  }

  /** What something is called that is asked for by this word. */
  named(stem: string): string {
    return `${stem}-${this.suffix}`;
  }

  async network(stem: string, input: Record<string, unknown> = {}): Promise<string> {
    const name = this.named(stem);
    await this.server.rest
      .post('/v1/networks')
      .send({ name, labels: this.labels, attachable: true, ...input })
      .expect(201);
    this.made.networks.push(name);
    return name;
  }

  /** Creates a service, which stays unless it is told otherwise. */
  async service(stem: string, input: Record<string, unknown> = {}): Promise<void> {
    const name = this.named(stem);
    const answer = await this.server.rest.post('/v1/services').send({
      name,
      image: 'busybox',
      command: STAYS,
      labels: this.labels,
      stopGracePeriod: 2_000,
      ...input,
    });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    this.made.services.push(name);
  }

  /** Creates a service in the engine's own words, past what we refuse. */
  async serviceOfEngine(stem: string, template: object, more: object = {}): Promise<void> {
    const name = this.named(stem);
    await this.docker.send('POST', '/services/create', {
      Name: name,
      Labels: this.labels,
      TaskTemplate: { ...template, ContainerSpec: { Image: 'busybox', Command: STAYS } },
      Mode: { Replicated: { Replicas: 1 } },
      ...more,
    });
    this.made.services.push(name);
    await this.until(`${stem} is there`, () => this.find(stem) !== undefined);
  }

  /** Changes a service. */
  async update(stem: string, body: Record<string, unknown>): Promise<void> {
    await this.server.rest
      .patch(`/v1/services/${this.named(stem)}`)
      .send(body)
      .expect(200);
  }

  /** Starts a container that joins a network by hand, with a name of its own or without one. */
  async container(network: string, name: string | null, more: Record<string, unknown> = {}): Promise<string> {
    const { Id } = (await this.docker.send('POST', `/containers/create${name ? `?name=${name}` : ''}`, {
      Image: 'busybox',
      Cmd: STAYS,
      Labels: this.labels,
      HostConfig: { NetworkMode: network },
      ...more,
    })) as { Id: string };
    this.made.containers.push(Id);
    await this.docker.send('POST', `/containers/${Id}/start`);
    return Id;
  }

  find(stem: string): Service | undefined {
    return this.server.state.services.named(this.named(stem))[0];
  }

  tasks(stem: string): readonly Task[] {
    return this.server.state.tasks.by('service', this.find(stem)?.id ?? '');
  }

  /** Waits until so many tasks of a service are in a state, and are to stay there. */
  async settled(stem: string, state: TaskState, count: number): Promise<void> {
    await this.until(`${count} tasks of ${stem} are ${state}`, () => {
      const there = this.tasks(stem).filter(
        (task) => task.state === state && task.desiredState === 'running',
      );
      return there.length === count;
    });
  }

  /** Waits until something is true of the state in memory. */
  async until(what: string, fits: () => boolean): Promise<void> {
    const done = await this.server.state.until(() => fits() || undefined, WITHIN_MS);
    expect(done, what).toBe(true);
  }

  async remove(): Promise<void> {
    for (const name of this.made.services) await this.server.rest.delete(`/v1/services/${name}`);
    for (const id of this.made.containers) await this.docker.send('DELETE', `/containers/${id}?force=true`);
    for (const name of this.made.networks) await this.server.rest.delete(`/v1/networks/${name}`);
  }
}
