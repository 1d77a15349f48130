import { afterEach, describe, expect, test } from 'vitest';
import { isRunning } from '../../dev/processes.ts';
import { type Postroute, startPostroute } from '../support/postroute.ts';

let run: Postroute | undefined;
afterEach(async () => {
  await run?.stop();
  run = undefined;
});

const answers = async (url: string): Promise<number | string> =>
  fetch(`${url}/readyz`)
    .then((response) => response.status)
    .catch(() => 'no answer');

describe('npm start --replicas 2', { timeout: 120_000 }, () => {
  test('serves the same data from both; one that is killed is reported and stays away, the other goes on', async () => {
    run = await startPostroute(['--replicas', '2']);
    const { ready, kill, log } = run;
    expect(ready.services).toHaveLength(2);
    expect(ready.service).toBe(ready.services[0]);
    expect(new Set([...ready.pids.service, ready.pids.sandbox]).size).toBe(3);
    expect(await Promise.all(ready.services.map(answers))).toEqual([200, 200]);

    kill(ready.pids.service[0] ?? 0);
    await expect.poll(log, { timeout: 45_000 }).toMatch(/service 1 \(process \d+\) ended: SIGKILL; it is not started again/);
    expect(await Promise.all(ready.services.map(answers))).toEqual(['no answer', 200]);
    kill(ready.pids.service[1] ?? 0);
    await expect.poll(log, { timeout: 45_000 }).toMatch(/service 2 .* ended: SIGKILL/);
    expect(isRunning(run.pid), 'what remains is still there to be looked at').toBe(true);
    expect(await run.stop()).toEqual({ code: 0, signal: null });
  });

  test('with --restart brings a killed one back at its address', async () => {
    run = await startPostroute(['--restart']);
    const { ready, kill } = run;
    const [pid = 0] = ready.pids.service;
    kill(pid);
    await expect.poll(() => isRunning(pid), { timeout: 45_000 }).toBe(false);
    await expect.poll(() => answers(ready.service ?? ''), { timeout: 30_000, interval: 100 }).toBe(200);
    await expect.poll(run.log).toMatch(/service 1 was started again as process \d+/);
  });

  test('takes the operator key and the settings that were given from outside', async () => {
    run = await startPostroute([], { ARDA_API_KEY: 'given-from-outside', EMAIL_ROUTES_CONFIGURATION_ENABLED: 'false' });
    expect(run.ready.apiKey).toBe('given-from-outside');
    expect(await run.api.get('/configuration')).toMatchObject({ status: 404, body: { code: 'route_disabled' } });
    expect((await run.api.get('/suppression')).status).toBe(200);
  });

  test('ends with what the service said when a setting is impossible', async () => {
    await expect(startPostroute([], { EMAIL_WORK_LEASE_SECONDS: 'soon' })).rejects.toThrow(
      /EMAIL_WORK_LEASE_SECONDS[\s\S]*service 1 ended before it was ready/,
    );
  });
});
