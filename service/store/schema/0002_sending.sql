-- Jobs, attempts, callbacks, suppressions.

create table email_job (
  tenant_id text not null,
  e_id uuid not null,
  configuration_e_id uuid not null,
  idempotency_key text not null,
  request_hash text not null,
  recipient text not null,
  subject text not null,
  status text not null check (status in ('QUEUED', 'SENDING', 'HELD', 'SENT', 'DELIVERED', 'BOUNCED', 'COMPLAINED', 'FAILED', 'DEAD_LETTER', 'SUPPRESSED', 'CANCELLED', 'INCONSISTENT')),
  attempts integer not null default 0,
  -- Attempts that used up a rung; a throttled try does not.
  rungs integer not null default 0,
  -- Looks taken at the provider for an attempt whose outcome is unknown.
  looks integer not null default 0,
  next_attempt_at timestamptz,
  cancel_requested boolean not null default false,
  postmark_message_id text,
  accepted_at timestamptz not null,
  sent_at timestamptz,
  delivered_at timestamptz,
  ended_at timestamptz,
  last_error jsonb,
  resend_of uuid,
  triaged_at timestamptz,
  triaged_by text,
  triage_reason text,
  author text not null,
  request_id text not null,
  holder text,
  fence bigint not null default 0,
  primary key (tenant_id, e_id),
  unique (tenant_id, idempotency_key)
);
create index email_job_due on email_job (configuration_e_id, next_attempt_at, e_id) where status = 'QUEUED';
create index email_job_queued_at on email_job (next_attempt_at) where status = 'QUEUED';
create index email_job_sending on email_job (holder) where status = 'SENDING';
create index email_job_held on email_job (next_attempt_at) where status = 'HELD';
create index email_job_in_flight on email_job (tenant_id, configuration_e_id) where status in ('QUEUED', 'SENDING', 'HELD');
create index email_job_newest on email_job (tenant_id, accepted_at desc, e_id desc);
create index email_job_by_configuration on email_job (tenant_id, configuration_e_id, accepted_at desc, e_id desc);
create index email_job_by_recipient on email_job (tenant_id, recipient, accepted_at desc, e_id desc);
create index email_job_by_id on email_job (e_id);

-- Bodies live apart from the job, so that they can be purged while the job is kept, and never travel with a list.
create table email_payload (
  tenant_id text not null,
  job_e_id uuid not null,
  payload jsonb not null,
  primary key (tenant_id, job_e_id)
);

create table attempt (
  tenant_id text not null,
  job_e_id uuid not null,
  number integer not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  -- null while under way, and for ever when the holder died: then the job is looked up.
  outcome text,
  code text,
  message text,
  batch_size integer not null,
  primary key (tenant_id, job_e_id, number)
);

create table dead_letter (
  tenant_id text not null,
  job_e_id uuid not null,
  at timestamptz not null,
  attempts integer not null,
  last_code text,
  last_message text,
  primary key (tenant_id, job_e_id)
);

create table email_event (
  tenant_id text not null,
  id uuid not null,
  configuration_e_id uuid not null,
  job_e_id uuid,
  dedupe_key text not null,
  record_type text not null,
  message_id text,
  recipient text,
  bounce_type text,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  projected_at timestamptz,
  payload jsonb not null,
  primary key (tenant_id, id),
  unique (tenant_id, configuration_e_id, dedupe_key)
);
create index email_event_unprojected on email_event (received_at) where projected_at is null;
create index email_event_of_job on email_event (tenant_id, job_e_id, occurred_at) where job_e_id is not null;

create table malformed_event (
  tenant_id text not null,
  id uuid not null,
  configuration_e_id uuid not null,
  received_at timestamptz not null,
  failure_code text not null,
  failure_detail text not null,
  body text not null,
  primary key (tenant_id, id)
);

create table suppression_entry (
  tenant_id text not null,
  id uuid not null,
  recipient text not null,
  reason text not null check (reason in ('HardBounce', 'SpamComplaint', 'ManualSuppression', 'SubscriptionChange', 'ProviderInactive')),
  origin text not null check (origin in ('webhook', 'provider', 'operator', 'tenant')),
  active boolean not null,
  since timestamptz not null,
  note text,
  source_job_e_id uuid,
  source_event_id uuid,
  author text not null,
  released_at timestamptz,
  released_by text,
  release_reason text,
  primary key (tenant_id, id)
);
create unique index suppression_entry_active on suppression_entry (tenant_id, recipient) where active;
create index suppression_entry_newest on suppression_entry (tenant_id, since desc, id desc);

-- Sending stopped by the provider: for the whole account (scope 'account') or for one server ('server:1234').
create table provider_pause (
  scope text primary key,
  code text not null,
  since timestamptz not null,
  until timestamptz not null
);

create table tenant_key (
  tenant_id text not null,
  id uuid not null,
  name text not null,
  key_hash text not null,
  created_at timestamptz not null,
  created_by text not null,
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (tenant_id, id)
);
create unique index tenant_key_by_hash on tenant_key (tenant_id, key_hash);
create index tenant_key_hash on tenant_key (key_hash) where revoked_at is null;
