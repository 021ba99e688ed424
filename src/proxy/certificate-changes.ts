import type { RuntimeCommand } from './command.ts';
import type { ProxyModel } from './model.ts';

/**
 * What changes of certificates; none where the router does not speak TLS. One with other names is another one: its line
 * in the list can only be taken out and put in.
 */
export function certificateCommands(old: ProxyModel, now: ProxyModel): RuntimeCommand[] {
  if (old.certificates === now.certificates || old.settings.httpsPort === null) return [];
  const commands: RuntimeCommand[] = [];
  for (const [id, { names }] of old.certificates) {
    const kept = now.certificates.get(id);
    if (names.length > 0 && !(kept && isSame(kept.names, names))) {
      commands.push({ kind: 'certificate-remove', id });
    }
  }
  for (const [id, certificate] of now.certificates) {
    const was = old.certificates.get(id);
    if (was === certificate || certificate.names.length === 0) continue;
    if (!was || !isSame(was.names, certificate.names)) {
      commands.push({ kind: 'certificate-add', certificate });
    } else if (was.chain !== certificate.chain || was.sealedKey !== certificate.sealedKey) {
      commands.push({ kind: 'certificate-set', certificate });
    }
  }
  return commands;
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  [...a].sort().join() === [...b].sort().join();
