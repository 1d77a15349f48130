/** 500 configurations provisioned at once through the API: how long, and what it asked of the outside. */
import { inTurns, onStage, total, until } from './stage.ts';

const count = 500;
const changeCallsMax = 40;
const limitSeconds = 300;
/** Callers that ask at the same time. */
const callers = 50;

/** Answers whether the bar was met. */
export async function measureProvisioning(say: (line: string) => void, route53PerSecond: number): Promise<boolean> {
  return onStage({ environment: { EMAIL_ROUTE53_REQUESTS_PER_SECOND: String(route53PerSecond) } }, async (stage) => {
    const from = performance.now();
    const before = stage.statements();
    await inTurns(callers, count, async (n) => {
      const body = { sendingDomainSlug: `bench-${n}`, signatureRequest: { fromLocalPart: 'noreply' }, provision: true };
      const { status } = await stage.api('POST', '/configuration', { tenant: `tenant-${n}`, body });
      if (status !== 201) throw new Error(`POST /configuration answered ${status}`);
    });
    const askedMs = performance.now() - from;
    const verified = async (): Promise<number> =>
      Number((await stage.database.query(`select count(*) as n from configuration where operational = 'OK'`)).rows[0].n);
    await until(`all ${count} verified`, limitSeconds, async () => (await verified()) === count);
    const seconds = (performance.now() - from) / 1000;
    const calls = await stage.calls();
    const changes = calls.route53['ChangeResourceRecordSets'] ?? 0;
    const zoneCalls = total(calls.route53);
    const allowed = route53PerSecond * (seconds + 1);
    say(`${count} configurations provisioned at once, route53.requestsPerSecond ${route53PerSecond}:`);
    say(`  asked for in ${(askedMs / 1000).toFixed(1)} s, all verified after ${seconds.toFixed(1)} s`);
    say(
      `  ChangeResourceRecordSets ${changes} (bar ${changeCallsMax}); Route 53 calls ${zoneCalls}, budget of that time ${allowed.toFixed(0)}`,
    );
    say(
      `  Postmark calls ${total(calls.postmark)} (${(total(calls.postmark) / count).toFixed(2)} each), DNS questions ${total(calls.dns)}`,
    );
    say(`  statements to Postgres ${((stage.statements() - before) / count).toFixed(1)} each`);
    return changes <= changeCallsMax && zoneCalls <= allowed;
  });
}
