import { describe, expect, it } from 'vitest';
import { processesOf } from '../../../src/proxy/master.ts';
import { routeOf, serverName, serverOf } from '../../../src/proxy/names.ts';
import { infoOf, serverStatesOf, statRowsOf } from '../../../src/proxy/show.ts';

describe('what HAProxy says of itself', () => {
  it('is read from its processes, also with old ones and failures', () => {
    const text = `#<PID>          <type>          <reloads>       <uptime>        <version>
18819           master          3 [failed: 1]   0d00h00m05s     2.6.12-1
# workers
19420           worker          0               0d00h00m01s     2.6.12-1
# old workers
19000           worker          1               0d00h01m01s     2.6.12-1
# programs
`;
    expect(processesOf(text)).toEqual({ reloads: 3, failures: 1, worker: 19420, oldWorkers: [19000] });
    expect(processesOf('')).toEqual({ reloads: 0, failures: 0, worker: null, oldWorkers: [] });
  });

  it('is read from its tables', () => {
    expect(infoOf('Name: HAProxy\nPid: 5\n').get('Pid')).toBe('5');
    expect(statRowsOf('# pxname,svname,stot\nr_1,BACKEND,7\n\n').map((row) => row.get('stot'))).toEqual([
      '7',
    ]);
    const states = serverStatesOf(
      '1\n# be_name srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_port\nr_1 t_a_80 ::1 2 4 9 80\nr_1 t_b_80 ::1 0 5 9 80\n',
    );
    expect(states).toMatchObject([
      { server: 't_a_80', address: '::1', port: 80, weight: 9, isInMaintenance: false, isUp: true },
      { server: 't_b_80', isInMaintenance: true, isUp: false },
    ]);
  });
});

describe('names', () => {
  it('lead back to what they are of', () => {
    expect(serverOf(serverName({ id: 'abc', port: 80 }))).toEqual({ id: 'abc', port: 80 });
    expect(routeOf('r_0123456789abcdef')).toBe('0123456789abcdef');
    expect([serverOf('t_'), serverOf('<NOSRV>'), routeOf('tls')]).toEqual([undefined, undefined, undefined]);
  });
});
