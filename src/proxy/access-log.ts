import { pathsIn, type ProxySettings } from './settings.ts';
import { line, word } from './writer.ts';

/**
 * A line of JSON for each request. Times are in milliseconds, -1 where it did not come to that; `termination` is
 * HAProxy's (two letters, `--` when all went well). What clients have sent is escaped by HAProxy.
 */
export function httpLogLines(settings: ProxySettings): string[] {
  const names = word('file', pathsIn(settings).names);
  return [
    // The name of a service is looked up by route and server, which only then are known.
    'http-response set-var-fmt(txn.at) %b/%s',
    line`log-format '{"time":"%[date,utime(%Y-%m-%dT%H:%M:%SZ)]","route":"%[be_name]","name":"%[be_name,map_str(${names},-)]","service":"%[var(txn.at),map_str(${names},-)]","server":"%[srv_name]","client":"%[src]","method":"%[capture.req.method,json(utf8s)]","host":"%[var(txn.host),json(utf8s)]","path":"%[var(txn.path),json(utf8s)]","status":%ST,"bytesIn":%U,"bytesOut":%B,"requestMs":%TR,"queueMs":%Tw,"connectMs":%Tc,"responseMs":%Tr,"totalMs":%Ta,"termination":"%ts","tls":"%sslv"}'`,
  ];
}

/** The same for a connection that is not read. */
export function tcpLogLine(settings: ProxySettings): string {
  const names = word('file', pathsIn(settings).names);
  return line`log-format '{"time":"%[date,utime(%Y-%m-%dT%H:%M:%SZ)]","route":"%[be_name]","name":"%[be_name,map_str(${names},-)]","server":"%[srv_name]","client":"%[src]","host":"%[var(txn.host),json(utf8s)]","bytesIn":%U,"bytesOut":%B,"queueMs":%Tw,"connectMs":%Tc,"totalMs":%Tt,"termination":"%ts"}'`;
}
