import { basename } from 'node:path';
import { mustRun } from '../command.ts';
import { bootNodeNamespace, clearNode } from '../engine/node-namespace.ts';
import { makeStateDirectory } from '../engine/node-state.ts';

const BRIDGE = 'bridge0';

/** A network switch: a bridge in a namespace of its own. */
export interface LabSwitch {
  /** A process in its network namespace, where cables go. */
  readonly pid: number;
  /** Connects the end of a cable that was plugged in under this name. */
  connect(interfaceName: string): Promise<void>;
  /** Removes it; the cables' other ends go with it. */
  stop(): void;
}

/** Boots a switch without ports. */
export async function startSwitch(): Promise<LabSwitch> {
  const stateDirectory = makeStateDirectory();
  const stop = (): void => clearNode(stateDirectory, basename(stateDirectory));
  try {
    const { init } = await bootNodeNamespace({ stateDirectory, hostname: 'switch' });
    const ip = (...args: string[]): Promise<string> =>
      mustRun('nsenter', ['-t', String(init.pid), '-n', 'ip', ...args]);
    await ip('link', 'add', BRIDGE, 'type', 'bridge');
    await ip('link', 'set', BRIDGE, 'up');
    return {
      pid: init.pid,
      stop,
      connect: async (interfaceName) => {
        await ip('link', 'set', interfaceName, 'master', BRIDGE, 'up');
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}
