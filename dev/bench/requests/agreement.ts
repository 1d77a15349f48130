/** Rows that belong together and must be there together, whatever was asked: each statement counts those that stand alone. */

export const agreements: readonly (readonly [what: string, sql: string])[] = [
  [
    'jobs without a body',
    `select count(*)::int as n from email_job j where not exists (select 1 from email_payload p where p.tenant_id = j.tenant_id and p.job_e_id = j.e_id)`,
  ],
  [
    'bodies without a job',
    `select count(*)::int as n from email_payload p where not exists (select 1 from email_job j where j.tenant_id = p.tenant_id and j.e_id = p.job_e_id)`,
  ],
  [
    'jobs without their idempotency key',
    `select count(*)::int as n from email_job j where not exists (select 1 from idempotency_key k where k.tenant_id = j.tenant_id and k.job_e_id = j.e_id)`,
  ],
  [
    'idempotency keys without their job',
    `select count(*)::int as n from idempotency_key k where not exists (select 1 from email_job j where j.tenant_id = k.tenant_id and j.e_id = k.job_e_id)`,
  ],
  [
    'jobs whose attempts are not all on record',
    `select count(*)::int as n from email_job j where j.attempts <> (select count(*) from attempt t where t.tenant_id = j.tenant_id and t.job_e_id = j.e_id)`,
  ],
  [
    'attempts without a job',
    `select count(*)::int as n from attempt t where not exists (select 1 from email_job j where j.tenant_id = t.tenant_id and j.e_id = t.job_e_id)`,
  ],
  [
    'configurations without their slug',
    `select count(*)::int as n from configuration c where c.operational <> 'REMOVED'
       and not exists (select 1 from slug_claim s where s.slug = c.sending_domain_slug and s.configuration_e_id = c.e_id)`,
  ],
  [
    'slugs of no configuration',
    `select count(*)::int as n from slug_claim s where not exists (select 1 from configuration c where c.tenant_id = s.tenant_id and c.e_id = s.configuration_e_id)`,
  ],
  [
    'configurations without the beginning of their history',
    `select count(*)::int as n from configuration c where not exists (select 1 from configuration_event e where e.tenant_id = c.tenant_id and e.configuration_e_id = c.e_id and e.sequence = 1)`,
  ],
  [
    'callbacks that are not known by a key',
    `select abs((select count(*) from email_event) - (select count(*) from email_event_key))::int as n`,
  ],
  [
    'suppressions that are active twice',
    `select count(*)::int as n from (select 1 from suppression_entry where active group by tenant_id, recipient having count(*) > 1) twice`,
  ],
];
