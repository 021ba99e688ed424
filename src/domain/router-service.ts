import { hasHostBits, parseCidr } from './cidr.ts';
import type { StringMap } from './object.ts';
import { ROUTER_LABEL } from './route-network.ts';
import type { RouterSettings } from './router-config.ts';

/** Labels of a router service that are about its routers as a whole. A stack file can set them, too. */
export const TRUSTED_PROXIES_LABEL = `${ROUTER_LABEL}.trusted-proxies`;
export const ACCEPT_PROXY_PROTOCOL_LABEL = `${ROUTER_LABEL}.accept-proxy-protocol`;

/** The name of the secret that holds the token of a router service: it tells which token. */
export function tokenSecretName(service: string, tokenId: string): string {
  return `${service}-token-${tokenId}`;
}

/** What the labels of a router service say. What is no range in CIDR notation is passed over: nobody is trusted by mistake. */
export function settingsFrom(labels: StringMap): RouterSettings {
  const ranges = (labels[TRUSTED_PROXIES_LABEL] ?? '').split(',').map((range) => range.trim());
  return {
    trustedProxies: ranges.filter(isRange),
    acceptProxyProtocol: labels[ACCEPT_PROXY_PROTOCOL_LABEL] === 'true',
  };
}

/** The labels by which a router service says that. */
export function settingsLabels({ trustedProxies, acceptProxyProtocol }: RouterSettings): StringMap {
  return {
    [TRUSTED_PROXIES_LABEL]: trustedProxies.join(','),
    [ACCEPT_PROXY_PROTOCOL_LABEL]: String(acceptProxyProtocol),
  };
}

/** Whether a text is a range in CIDR notation, whose first address it begins with. */
export function isRange(text: string): boolean {
  const block = parseCidr(text);
  return block !== undefined && !hasHostBits(block);
}
