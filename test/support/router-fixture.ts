import type { RoutedServer, RouterConfig } from '../../src/domain/router-config.ts';
import type { RouterReport } from '../../src/domain/router-report.ts';
import { pathsIn } from '../../src/proxy/settings.ts';
import { RuntimeSocket } from '../../src/proxy/runtime.ts';
import { routedRoute, routedServer, routerConfig } from '../factories/router-config.ts';
import { FakeConfigServer } from '../fakes/fake-config-server.ts';
import { askProxy } from './ask-proxy.ts';
import { startTask } from './proxy.ts';
import { RouterProcess } from './router-process.ts';

type Task = Awaited<ReturnType<typeof startTask>>;

/** A router, the server that it follows, and tasks that it can send requests to: `task0`, `task1` and so on. */
export class RouterFixture {
  private version = 0;

  private constructor(
    readonly server: FakeConfigServer,
    readonly router: RouterProcess,
    private readonly tasks: Task[],
  ) {}

  /** With three tasks, and a configuration of no routes. The router does not run yet. */
  static async make(environment: Readonly<Record<string, string>> = {}): Promise<RouterFixture> {
    const tasks = await Promise.all([startTask(), startTask(), startTask()]);
    const server = await new FakeConfigServer(routerConfig({ routes: [] })).start();
    const fixture = new RouterFixture(server, await RouterProcess.make(server, environment), tasks);
    server.config = fixture.to(0);
    return fixture;
  }

  async close(): Promise<void> {
    await this.router.close();
    await this.server.close();
    await Promise.all(this.tasks.map((task) => task.stop()));
  }

  /** Another task; answers its number. */
  addTask(task: Task): number {
    return this.tasks.push(task) - 1;
  }

  toTask(index: number): RoutedServer {
    return routedServer({ id: `task${index}`, port: this.tasks[index]?.port ?? 1 });
  }

  /** A new configuration. */
  config(parts: Partial<Omit<RouterConfig, 'hash' | 'version'>>): RouterConfig {
    return routerConfig({ version: ++this.version, ...parts });
  }

  /** One with the route foo.example.com to tasks. */
  to(...indexes: number[]): RouterConfig {
    return this.config({
      routes: [
        routedRoute(
          {},
          indexes.map((index) => this.toTask(index)),
        ),
      ],
    });
  }

  /** The number of the task that answers a request; or the status when none does. */
  async asked(host = 'foo.example.com'): Promise<number> {
    const { status, body } = await askProxy(this.router.httpPort, { host });
    if (status !== 200) return status;
    const { task } = JSON.parse(body) as { task: number };
    return this.tasks.findIndex(({ port }) => port === task);
  }

  /** The first report that the newest configuration is served. */
  applied(): Promise<RouterReport> {
    return this.server.report(({ applied }) => applied?.version === this.server.config.version);
  }

  /** The first report with this problem. */
  problem(kind: string): Promise<RouterReport> {
    return this.server.report(({ problems }) => problems.some((problem) => problem.kind === kind));
  }

  /** What the router itself says is wrong. */
  async problems(): Promise<string[]> {
    const { body } = await this.router.health('livez');
    return ((body as RouterReport | undefined)?.problems ?? []).map(({ kind }) => kind);
  }

  get runtime(): RuntimeSocket {
    return new RuntimeSocket(pathsIn({ runDirectory: this.router.runDir }).socket);
  }
}
