/** How much of what HAProxy says is passed on, in characters. */
const MOST = 4_000;
/** `[ALERT]    (123) : config : …`, `[WARNING]  (123) : …` */
const PREFIX = /^\[(\w+)\]\s+\(\d+\) : (?:config : )?/;
/** What it says after its reasons, and adds nothing. */
const CHATTER =
  /^(Error\(s\) found in configuration file|Fatal errors found in configuration|\[.*\.main\(\)\] Some)/;
const CANNOT_BIND = /cannot bind socket \(([^)]*)\) for \[([^\]]*)\]/;

/** What is wrong, out of all that HAProxy has written to its standard error: its alerts, in its own words. */
export function alertsIn(text: string): string {
  const alerts: string[] = [];
  let isAlert = false;
  for (const line of text.split('\n')) {
    const [prefix, level] = PREFIX.exec(line) ?? [];
    // A line without a prefix goes on with the one before it.
    if (level !== undefined) isAlert = level === 'ALERT';
    const words = line.slice(prefix?.length ?? 0).trim();
    if (isAlert && words !== '' && !CHATTER.test(words)) alerts.push(words);
  }
  return alerts.join('\n').slice(0, MOST);
}

/** What to do about a port that HAProxy says it cannot have; undefined when it says nothing of the kind. */
export function portTrouble(alerts: string): string | undefined {
  const [, reason, address] = CANNOT_BIND.exec(alerts) ?? [];
  if (address === undefined) return undefined;
  return `HAProxy cannot listen on ${address} (${reason}). Free the port, or give the router or the route another one.`;
}
