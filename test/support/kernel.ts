import { existsSync } from 'node:fs';
import type { PrivateEngine } from '../../scripts/engine/private-engine.ts';

/** Whether the kernel has IPVS, without which virtual IPs pass no traffic. Engines load it with their first service. */
export function hasIpvs(): boolean {
  return existsSync('/proc/net/ip_vs') || existsSync('/sys/module/ip_vs');
}

/** Whether the kernel takes an ESP state, as encrypted networks need them. Tried in the namespace of the engine. */
export async function hasEsp(engine: PrivateEngine): Promise<boolean> {
  const state = ['src', '192.0.2.1', 'dst', '192.0.2.2', 'proto', 'esp', 'spi', '0x5157'];
  const key = `0x${'00'.repeat(20)}`;
  const { exitCode } = await engine.exec([
    ...['ip', 'xfrm', 'state', 'add', ...state, 'mode', 'transport'],
    ...['aead', 'rfc4106(gcm(aes))', key, '64'],
  ]);
  if (exitCode !== 0) return false;
  await engine.exec(['ip', 'xfrm', 'state', 'delete', ...state]);
  return true;
}
