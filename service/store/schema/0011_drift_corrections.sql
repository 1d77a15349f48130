-- Corrections are carried out one by one after their plan was accepted. Nothing has been written in the table's first shape.

drop table drift_correction;
create table drift_correction (
  id uuid primary key,
  plan_id text not null,
  kind text not null check (kind in ('rewriteRecords', 'remakeServer', 'adoptServer', 'retireServer', 'resealSecrets', 'mergeSuppressions',
    'reinstallWebhook', 'renameServer')),
  tenant_id text,
  configuration_e_id uuid,
  postmark_server_id bigint,
  -- As they were when the plan was accepted: ids, tags, classes, evidence.
  findings jsonb not null,
  author text not null,
  request_id text not null,
  accepted_at timestamptz not null,
  -- Before the first call to the outside.
  begun_at timestamptz,
  ended_at timestamptz,
  outcome text check (outcome in ('done', 'failed', 'moved')),
  detail text
);
create index drift_correction_waiting on drift_correction (accepted_at, id) where ended_at is null;

-- The last correction that a finding was part of. One that was seen again after it is not mended, and may be corrected again.
alter table drift_finding add column correction_id uuid;
