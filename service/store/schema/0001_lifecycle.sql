-- Configurations, their history, and the work decided for them.
-- Two clocks: columns written by the service hold domain time; lease columns hold the database's own clock.

create table configuration (
  tenant_id text not null,
  e_id uuid not null,
  sending_domain_slug text not null,
  from_local_part text not null,
  from_name text,
  reply_to_email text,
  operational text not null check (operational in ('PENDING', 'PROVISIONING', 'AWAITING_VERIFICATION', 'UNVERIFIED', 'OK', 'DEGRADED', 'FAILURE', 'MISSING', 'REMOVING', 'REMOVED')),
  step text check (step in ('createServer', 'createDomain', 'installWebhook', 'writeRecords', 'unwind', 'cleanUp')),
  administrative text not null check (administrative in ('LOCKED', 'UNLOCKED', 'LOCKING')),
  operational_since timestamptz not null,
  administrative_since timestamptz not null,
  generation integer not null check (generation > 0),
  adopt_requested boolean not null default false,
  server_id bigint,
  server_name text,
  server_token text,
  routing_token text not null,
  routing_token_hash text not null,
  key_version_id uuid,
  domain_id bigint,
  webhook_id bigint,
  retired_server_ids bigint[] not null default '{}',
  dkim_name text,
  dkim_value text,
  return_path_name text,
  return_path_value text,
  records_written_at timestamptz,
  verification_started_at timestamptz,
  verification_polls integer not null default 0,
  dkim_verified boolean not null default false,
  return_path_verified boolean not null default false,
  verified_at timestamptz,
  failure_count integer not null default 0,
  last_failure_code text,
  last_failure_detail text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, e_id),
  constraint configuration_step_only_while_provisioning check ((step is not null) = (operational = 'PROVISIONING'))
);

-- At most one configuration of a tenant can send: held here, whatever the code believes.
create unique index configuration_one_sender_per_tenant on configuration (tenant_id)
  where administrative = 'UNLOCKED' and operational in ('OK', 'DEGRADED');
create index configuration_by_id on configuration (e_id);
create index configuration_newest on configuration (created_at desc, e_id desc);
create unique index configuration_by_routing_token on configuration (tenant_id, routing_token_hash);
create index configuration_routing on configuration (routing_token_hash);
create index configuration_under_way on configuration (operational)
  where operational in ('PROVISIONING', 'AWAITING_VERIFICATION', 'REMOVING');
create index configuration_locking on configuration (tenant_id, e_id) where administrative = 'LOCKING';

-- A slug is permanent while its configuration lives, and unique in the partition. A table of its own, because the rule crosses tenants:
-- distributed by tenant, this one stays a reference table.
create table slug_claim (
  slug text primary key,
  tenant_id text not null,
  configuration_e_id uuid not null
);

create table configuration_event (
  tenant_id text not null,
  configuration_e_id uuid not null,
  sequence integer not null,
  at timestamptz not null,
  author text not null,
  event text not null,
  from_status text,
  to_status text not null,
  detail jsonb not null,
  request_id text,
  -- The record after this event, without secrets: what asOf reads.
  record jsonb not null,
  primary key (tenant_id, configuration_e_id, sequence)
);
create index configuration_event_as_of on configuration_event (tenant_id, configuration_e_id, at, sequence);

create table effect (
  tenant_id text not null,
  id uuid not null,
  configuration_e_id uuid not null,
  kind text not null check (kind in ('create-server', 'create-domain', 'install-webhook', 'write-records', 'check-verification', 'unwind', 'check-drain', 'cancel-in-flight', 'report-failure')),
  generation integer not null,
  run_at timestamptz not null,
  created_at timestamptz not null,
  attempts integer not null default 0,
  -- Set before a call that makes something outside and cleared when its answer is known: set at the next try, the outcome was never learned.
  intent_at timestamptz,
  alerted_at timestamptz,
  last_error text,
  holder text,
  fence bigint not null default 0,
  settled_at timestamptz,
  outcome text,
  primary key (tenant_id, id)
);
create index effect_due on effect (run_at) where settled_at is null;
create index effect_live_of_configuration on effect (tenant_id, configuration_e_id) where settled_at is null;
create index effect_unlearned on effect (tenant_id, configuration_e_id, kind) where intent_at is not null;

-- Record changes waiting to be written to a zone: one writer at a time gathers them into batches.
create table zone_change (
  tenant_id text not null,
  id uuid not null,
  zone_id text not null,
  configuration_e_id uuid not null,
  effect_id uuid not null,
  action text not null check (action in ('UPSERT', 'DELETE')),
  name text not null,
  type text not null check (type in ('TXT', 'CNAME')),
  ttl integer not null,
  record_values text[] not null,
  requested_at timestamptz not null default clock_timestamp(),
  change_id text,
  submitted_at timestamptz,
  in_sync_at timestamptz,
  failed_code text,
  failed_detail text,
  primary key (tenant_id, id),
  unique (tenant_id, effect_id, action, name, type)
);
create index zone_change_open on zone_change (zone_id, requested_at) where in_sync_at is null and failed_code is null;

-- What the outside world allows the whole account, shared by all replicas. Refilled by the database's clock.
create table budget (
  name text primary key,
  tokens double precision not null,
  refilled_at timestamptz not null
);

-- Who is alive. Claimed rows name their holder; they are free again when the holder's lease has run out. One heartbeat renews every claim of a
-- process at once, and times come from the database's clock, so that replicas need not agree on theirs.
create table worker_lease (
  holder text primary key,
  expires_at timestamptz not null
);
