import { expect, test } from 'vitest';
import { asTyped } from '../../console/present/asTyped.ts';

const base = '/v1/shop-access/email';

test.each([
  [
    `POST ${base}/suppression/release {"recipient":"a@b.example","reason":"why it may be mailed again","force":true}`,
    'postroute suppressions release a@b.example --tenant acme --reason "…" --force',
  ],
  [`POST ${base}/suppression/release {"recipient":"","reason":"x"}`, 'postroute suppressions release RECIPIENT --tenant acme --reason "…"'],
  [`POST ${base}/material/refresh`, 'postroute material refresh'],
  [`POST ${base}/webhook-credential/rotate`, 'postroute rotate-webhooks'],
  [`POST ${base}/drift/plan/{id}/apply`, 'postroute drift plan'],
  [`POST ${base}/configuration/0199-a/re-provision {"adopt":true}`, 'postroute re-provision 0199-a --adopt'],
  [`POST ${base}/configuration`, `POST ${base}/configuration`],
  ['GET /anything', 'GET /anything'],
])('%s is %s', (call, typed) => {
  expect(asTyped(call, 'acme')).toBe(typed);
});
