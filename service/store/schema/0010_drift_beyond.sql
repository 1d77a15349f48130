-- Drift of suppression lists, webhooks and server settings, and what operators had corrected.

alter table drift_finding drop constraint drift_finding_class_check;
alter table drift_finding add constraint drift_finding_class_check
  check (class in ('edited', 'deleted', 'orphan', 'missingKey', 'diverged', 'propagating'));

-- What was done about a finding, by whose wish. A finding that was seen again since is not mended, and may be corrected again.
create table drift_correction (
  id uuid primary key,
  finding_id uuid not null,
  plan_id text not null,
  correction text not null,
  tenant_id text,
  configuration_e_id uuid,
  author text not null,
  request_id text not null,
  applied_at timestamptz not null,
  outcome text not null check (outcome in ('started', 'done', 'failed')),
  detail text
);
create index drift_correction_of_finding on drift_correction (finding_id, applied_at desc);
