-- Jobs, their bodies, tries and callbacks in partitions by time, so that what is past its retention is dropped and not deleted row by row.
-- The key is the id: a UUIDv7 begins with the domain time it was made at, so a look-up by id still finds its one partition.
-- What no partition covers goes to the default one, and moves when its partition is made (store/partitions.ts): an insert never fails for want of one.
-- What must be unique over all of time (an idempotency key, the trace of a callback) has a table of its own.

create table idempotency_key (
  tenant_id text not null,
  key text not null,
  request_hash text not null,
  job_e_id uuid not null,
  seen_at timestamptz not null,
  primary key (tenant_id, key)
);
insert into idempotency_key (tenant_id, key, request_hash, job_e_id, seen_at)
  select tenant_id, idempotency_key, request_hash, e_id, accepted_at from email_job;
create index idempotency_key_oldest on idempotency_key (seen_at);

create table email_event_key (
  tenant_id text not null,
  configuration_e_id uuid not null,
  dedupe_key text not null,
  seen_at timestamptz not null,
  primary key (tenant_id, configuration_e_id, dedupe_key)
);
insert into email_event_key (tenant_id, configuration_e_id, dedupe_key, seen_at)
  select tenant_id, configuration_e_id, dedupe_key, received_at from email_event;
create index email_event_key_oldest on email_event_key (seen_at);

alter table email_job drop constraint email_job_tenant_id_idempotency_key_key, drop column idempotency_key, drop column request_hash;
alter table email_event drop constraint email_event_tenant_id_configuration_e_id_dedupe_key_key, drop column dedupe_key;
drop index email_job_due, email_job_queued_at, email_job_sending, email_job_held, email_job_in_flight, email_job_newest, email_job_by_configuration,
  email_job_by_recipient, email_job_by_id, email_event_unprojected, email_event_of_job;

alter table email_job rename to email_job_default;
alter table email_job_default rename constraint email_job_pkey to email_job_default_pkey;
create table email_job (like email_job_default including defaults including constraints, primary key (tenant_id, e_id)) partition by range (e_id);
alter table email_job attach partition email_job_default default;

alter table email_payload rename to email_payload_default;
alter table email_payload_default rename constraint email_payload_pkey to email_payload_default_pkey;
create table email_payload (like email_payload_default including defaults, primary key (tenant_id, job_e_id)) partition by range (job_e_id);
alter table email_payload attach partition email_payload_default default;

alter table attempt rename to attempt_default;
alter table attempt_default rename constraint attempt_pkey to attempt_default_pkey;
create table attempt (like attempt_default including defaults, primary key (tenant_id, job_e_id, number)) partition by range (job_e_id);
alter table attempt attach partition attempt_default default;

alter table email_event rename to email_event_default;
alter table email_event_default rename constraint email_event_pkey to email_event_default_pkey;
create table email_event (like email_event_default including defaults, primary key (tenant_id, id)) partition by range (id);
alter table email_event attach partition email_event_default default;

create index email_job_due on email_job (configuration_e_id, next_attempt_at, e_id) where status = 'QUEUED';
create index email_job_queued_at on email_job (next_attempt_at) where status = 'QUEUED';
create index email_job_sending on email_job (holder) where status = 'SENDING';
create index email_job_held on email_job (next_attempt_at) where status = 'HELD';
create index email_job_in_flight on email_job (tenant_id, configuration_e_id) where status in ('QUEUED', 'SENDING', 'HELD');
create index email_job_newest on email_job (tenant_id, accepted_at desc, e_id desc);
create index email_job_by_configuration on email_job (tenant_id, configuration_e_id, accepted_at desc, e_id desc);
create index email_job_by_recipient on email_job (tenant_id, recipient, accepted_at desc, e_id desc);
create index email_event_unprojected on email_event (received_at) where projected_at is null;
create index email_event_of_job on email_event (tenant_id, job_e_id, occurred_at) where job_e_id is not null;
