/** The two assertions beyond the runbook: suppression lists, and webhooks with the settings of their servers. Both only look. */
import { describe, expect, it } from 'vitest';
import { sql } from '../../../service/store/pool.ts';
import { addSuppression } from '../../../service/work/suppressionActions.ts';
import { webhookHeadersOf, webhookUrlOf } from '../../../service/work/webhookCredential.ts';
import type { WorkContext } from '../../../service/work/workContext.ts';
import { createTestDatabase } from '../../support/database.ts';
import { refused, unavailable } from '../../support/fakeCalls.ts';
import { caller, WorkBench } from '../../support/workBench.ts';
import { driftBench } from './support/driftBench.ts';

const bench = new WorkBench(await createTestDatabase());
const { run, findings, settled } = driftBench(bench);
const bob = 'bob@example.com';

describe('drift.suppressions', () => {
  it('finds what each side refuses alone, once for each configuration and side, and changes neither', async () => {
    const ctx = await bench.worker('w1');
    const { eId } = await settled(ctx, 'acme');
    bench.outside.always('suppress', unavailable);
    await addSuppression(
      { ...ctx, mail: ctx.ports.mail },
      { tenantId: 'acme', recipient: 'ann@example.com', note: null, origin: 'operator' },
      caller,
    );
    bench.pass(3600);
    bench.mail.listed = [{ recipient: bob, reason: 'HardBounce', since: bench.now }];
    expect(await run(ctx, 'suppressions')).toMatchObject([{ outcome: 'completed', findings: 2, listCalls: 1 }]);
    const seen = (await findings()).toSorted((a, b) => (a.tag < b.tag ? 1 : -1));
    expect(seen).toMatchObject([
      {
        tag: 'email.drift.suppression_only_here',
        class: 'diverged',
        subject: eId,
        evidence: { count: 1, recipients: ['ann@example.com'] },
      },
      { tag: 'email.drift.suppression_only_at_postmark', class: 'diverged', subject: eId, evidence: { count: 1, recipients: [bob] } },
    ]);
    expect(bench.mail.suppressed).toEqual([]);
    expect(await bench.rows(sql.unsafe`select recipient from suppression_entry where active`)).toEqual([{ recipient: 'ann@example.com' }]);
    expect(JSON.stringify(bench.incidents)).not.toContain('@');
    expect(bench.incidents.map(({ level }) => level)).toEqual(['warning', 'warning']);
  });

  it('gives Postmark’s list time to show what it was told, and closes when both say the same', async () => {
    const ctx = await bench.worker('w1');
    await settled(ctx, 'acme');
    await addSuppression({ ...ctx, mail: ctx.ports.mail }, { tenantId: 'acme', recipient: bob, note: null, origin: 'tenant' }, caller);
    expect(await run(ctx, 'suppressions')).toMatchObject([{ findings: 0 }]);
    bench.pass(900);
    expect(await run(ctx, 'suppressions')).toMatchObject([{ findings: 1 }]);
    bench.mail.listed = [{ recipient: bob, reason: 'ManualSuppression', since: bench.now }];
    expect(await run(ctx, 'suppressions')).toMatchObject([{ resolved: 1 }]);
  });

  it('does not judge a server whose list or token cannot be read, and asks no more when none answers', async () => {
    const ctx = await bench.worker('w1');
    for (let n = 0; n < 16; n += 1) await settled(ctx, `c${n}`);
    bench.outside.next('listSuppressions', refused(10));
    expect(await run(ctx, 'suppressions')).toMatchObject([{ outcome: 'completed', findings: 0, skipped: 1 }]);
    bench.outside.always('listSuppressions', unavailable);
    const [result] = await run(ctx, 'suppressions');
    expect(result).toMatchObject({ outcome: 'unreachable', findings: 0 });
    expect(result?.listCalls).toBeLessThan(16);
    bench.keysLoaded.clear();
    bench.outside.always('listSuppressions', null);
    expect(await run(ctx, 'suppressions')).toMatchObject([{ outcome: 'completed', findings: 0, skipped: 16, listCalls: 0 }]);
  });
});

/** What provisioning would have installed. */
const installed = async (ctx: WorkContext, slug: string) => {
  const c = await settled(ctx, slug);
  const routingToken = ctx.keyring.open(c.eId, 'routing-token', c.routingToken);
  const webhook = bench.postmark.webhooks.get(c.webhookId ?? 0);
  if (webhook === undefined) throw new Error('there is no webhook');
  const credential = { apiKey: ctx.credentials.apiKeys().current, signingKey: ctx.credentials.signingKeys().current };
  const { authorization, signature } = webhookHeadersOf(credential, routingToken, c.serverId ?? 0);
  const put = (given: Partial<typeof webhook>): void => void bench.postmark.webhooks.set(webhook.webhookId, { ...ours, ...given });
  const ours = {
    ...webhook,
    url: webhookUrlOf(ctx.settings.webhookPublicUrl, routingToken),
    headers: { authorization, 'x-postroute-signature': signature },
  };
  put({});
  return { ...c, put, ours };
};

describe('drift.webhooks', () => {
  it('finds a webhook that is gone, leads elsewhere, presents other secrets or feeds back less, and tells no secret', async () => {
    const ctx = await bench.worker('w1');
    const [fine, gone, elsewhere, secrets, deaf] = [
      await installed(ctx, 'fine'),
      await installed(ctx, 'gone'),
      await installed(ctx, 'elsewhere'),
      await installed(ctx, 'secrets'),
      await installed(ctx, 'deaf'),
    ];
    bench.postmark.webhooks.delete(gone.webhookId ?? 0);
    elsewhere.put({ url: 'https://elsewhere.example.net/secret-path' });
    secrets.put({ headers: { authorization: 'Bearer secret-of-somebody' } });
    deaf.put({ triggersOff: ['Bounce'], verified: false });
    expect(await run(ctx, 'webhooks')).toMatchObject([{ outcome: 'completed', findings: 4 }]);
    const bySubject = new Map((await findings()).map((finding) => [finding.subject, finding]));
    expect(bySubject.get(fine.eId)).toBeUndefined();
    expect(bySubject.get(gone.eId)).toMatchObject({ class: 'deleted', evidence: { differs: ['none leads to us'] } });
    expect(bySubject.get(elsewhere.eId)).toMatchObject({
      class: 'deleted',
      evidence: { differs: ['none leads to us', '1 webhook(s) that lead elsewhere'] },
    });
    expect(bySubject.get(secrets.eId)).toMatchObject({
      class: 'edited',
      evidence: { differs: ['header Authorization', 'header X-Postroute-Signature'] },
    });
    expect(bySubject.get(deaf.eId)?.evidence).toMatchObject({ differs: ['trigger Bounce is off', 'unverified: it is sent nothing'] });
    const told = JSON.stringify([bench.incidents, await findings(), bench.told]);
    for (const secret of ['secret-path', 'secret-of-somebody', secrets.ours.url, secrets.ours.headers.authorization])
      expect(told).not.toContain(secret);
  });

  it('takes a previous key for ours while it is accepted', async () => {
    const ctx = await bench.worker('w1');
    await installed(ctx, 'acme');
    const before = ctx.credentials.apiKeys().current;
    const rotated = (previous: string | null): WorkContext => ({
      ...ctx,
      credentials: { ...ctx.credentials, apiKeys: () => ({ current: 'the-new-key', previous }) },
    });
    expect(await run(rotated(before), 'webhooks')).toMatchObject([{ findings: 0 }]);
    expect(await run(rotated(null), 'webhooks')).toMatchObject([{ findings: 1 }]);
  });

  it('finds a server that was renamed, and reads the account’s list once for all assertions that need it', async () => {
    const ctx = await bench.worker('w1');
    const { eId, serverId } = await installed(ctx, 'acme');
    await installed(ctx, 'other');
    const server = bench.postmark.servers.get(serverId ?? 0);
    if (server !== undefined) bench.postmark.servers.set(server.serverId, { ...server, name: 'my own name' });
    const results = await run(ctx, 'postmarkInventory', 'webhooks');
    expect(results).toMatchObject([{ findings: 0, foreign: 0 }, { findings: 1 }]);
    expect(bench.outside.count('inventory')).toBe(1);
    expect(await findings()).toMatchObject([
      {
        tag: 'email.drift.server_settings_mismatch',
        subject: eId,
        evidence: { differs: ['name'], expectedName: 'example-dev-acme', observedName: 'my own name' },
      },
    ]);
  });
});
