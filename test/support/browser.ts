import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { debianProgram } from '../../scripts/engine/debian-program.ts';
import { within } from './subscription.ts';

const STARTS_WITHIN_MS = 20_000;
const EVALUATED_WITHIN_MS = 10_000;
/** As root there is no sandbox; what is opened is ours. */
const OPTIONS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--remote-debugging-port=0',
];

type Parameters = Readonly<Record<string, unknown>>;
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** Chromium without a window, from Debian's packages, with one page; spoken to by the DevTools protocol. */
export class Browser {
  /** What the page has complained of: errors, refused by policies or thrown, and all that went to its console. */
  readonly complaints: string[] = [];
  private readonly answers = new Map<number, (message: Message) => void>();
  private session: string | undefined;
  private id = 0;

  private constructor(
    private readonly process: ChildProcess,
    private readonly socket: WebSocket,
    private readonly profile: string,
  ) {
    socket.on('message', (data: Buffer) => this.take(JSON.parse(data.toString()) as Message));
  }

  static async start(): Promise<Browser> {
    const command = await debianProgram('chromium', ['chromium', 'chromium-common'], 'usr/lib/chromium');
    const profile = mkdtempSync(join(tmpdir(), 'swarmplane-browser-'));
    const [program = '', ...before] = command;
    const child = spawn(program, [...before, ...OPTIONS, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const url = await within(listeningAt(child), 'Chromium did not start', STARTS_WITHIN_MS);
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const browser = new Browser(child, socket, profile);
    const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
    browser.session = sessionId as string;
    for (const domain of ['Page', 'Runtime', 'Log']) await browser.send(`${domain}.enable`);
    return browser;
  }

  /** Opens a page, whose complaints begin anew. */
  async open(url: string): Promise<void> {
    this.complaints.length = 0;
    await this.send('Page.navigate', { url });
  }

  /** Waits until an expression is true of the page. Fails with what it has complained of. */
  async until(expression: string): Promise<void> {
    const deadline = Date.now() + EVALUATED_WITHIN_MS;
    while ((await this.evaluate(`Boolean(${expression})`)) !== true) {
      if (Date.now() > deadline) {
        const body = await this.evaluate('document.body.innerText.slice(0, 2000)');
        throw new Error(`Not so: ${expression}\n${this.complaints.join('\n')}\n${String(body)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.send('Runtime.evaluate', { expression, returnByValue: true });
    return (result as { value?: unknown } | undefined)?.value;
  }

  /** Clicks into the middle of what a selector finds first. */
  async click(selector: string): Promise<void> {
    await this.until(`document.querySelector(${JSON.stringify(selector)})`);
    const box = (await this.evaluate(
      `(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }))(document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect())`,
    )) as { x: number; y: number };
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.send('Input.dispatchMouseEvent', { type, ...box, button: 'left', clickCount: 1 });
    }
  }

  /** Replaces all that is in the editor that has the focus. */
  async retype(text: string): Promise<void> {
    for (const type of ['keyDown', 'keyUp']) {
      const key = {
        key: 'a',
        code: 'KeyA',
        windowsVirtualKeyCode: 65,
        modifiers: 2,
        commands: ['selectAll'],
      };
      await this.send('Input.dispatchKeyEvent', { type, ...key });
    }
    // Typed, it would be completed with brackets and quotes.
    await this.evaluate(`(() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', ${JSON.stringify(text)});
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    })()`);
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    await this.send('Browser.close').catch(() => this.process.kill('SIGKILL'));
    await gone;
    rmSync(this.profile, { recursive: true, force: true });
  }

  private send(method: string, params: Parameters = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.id;
    const isOfBrowser = /^(Target|Browser)\./.test(method);
    this.socket.send(
      JSON.stringify({ id, method, params, ...(isOfBrowser ? {} : { sessionId: this.session }) }),
    );
    const answer = new Promise<Message>((resolve) => this.answers.set(id, resolve));
    return within(answer, `${method} was not answered`).then(({ result, error }) => {
      if (error) throw new Error(`${method}: ${error.message}`);
      return result ?? {};
    });
  }

  private take({ id, method, params, ...rest }: Message): void {
    if (id !== undefined) {
      this.answers.get(id)?.(rest);
      this.answers.delete(id);
    } else if (
      method === 'Log.entryAdded' ||
      method === 'Runtime.exceptionThrown' ||
      method === 'Runtime.consoleAPICalled'
    ) {
      this.complaints.push(JSON.stringify(params));
    }
  }
}

/** Where Chromium says that it listens. */
function listeningAt(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Chromium ended with ${code}.`)));
    child.once('error', reject);
    if (!child.stderr) return;
    createInterface(child.stderr).on('line', (line) => {
      const url = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (url) resolve(url);
    });
  });
}
