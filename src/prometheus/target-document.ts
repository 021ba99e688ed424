import type { StringMap } from '../domain/object.ts';

/** Something to scrape: where it is, and what is known of it, in parts that do not name the same label. */
export interface Target {
  /** `10.0.9.3:9100`, `[2001:db8::3]:9100` */
  readonly address: string;
  readonly labels: readonly StringMap[];
}

/** Text is turned into bytes in portions, in characters: a long text in the making is much for the garbage collector. */
const CHUNK = 64 * 1024;

/**
 * Targets in the format of Prometheus' HTTP service discovery
 * (https://prometheus.io/docs/prometheus/latest/http_sd/): one group for each, because no two have the same labels.
 * Most of the labels of a target are those of its service, node and network: a frozen part is written once, however
 * many targets have it.
 */
export function targetDocument(targets: Iterable<Target>): Buffer {
  const written = new Map<StringMap, string>();
  const write = (part: StringMap): string => {
    let text = written.get(part);
    if (text === undefined) {
      text = JSON.stringify(part).slice(1, -1);
      if (Object.isFrozen(part)) written.set(part, text);
    }
    return text;
  };
  const chunks: Buffer[] = [];
  let text = '[';
  let separator = '';
  for (const { address, labels } of targets) {
    text += `${separator}{"targets":[${JSON.stringify(address)}],"labels":{`;
    separator = '';
    for (const part of labels) {
      const fields = write(part);
      if (fields === '') continue;
      text += separator + fields;
      separator = ',';
    }
    text += '}}';
    separator = ',';
    if (text.length < CHUNK) continue;
    chunks.push(Buffer.from(text));
    text = '';
  }
  return Buffer.concat([...chunks, Buffer.from(`${text}]`)]);
}
