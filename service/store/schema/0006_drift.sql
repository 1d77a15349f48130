-- What the drift assertions found, and when they looked.

-- A run that was asked for, by the tick or by an operator. One that was begun and never finished belongs to a process that died: whoever holds the lock of
-- the runs next does it again. Runs and findings are the partition's, not a tenant's: a server that no row names has none.
create table drift_run (
  id uuid primary key,
  trigger text not null check (trigger in ('tick', 'operator')),
  author text not null,
  request_id text not null,
  assertions text[] not null,
  requested_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  results jsonb not null default '[]'
);
create index drift_run_unfinished on drift_run (requested_at, id) where finished_at is null;
create index drift_run_finished on drift_run (finished_at) where finished_at is not null;

-- One discrepancy of one subject, once and for ever: it opens, stays, resolves and reopens.
create table drift_finding (
  id uuid primary key,
  tag text not null,
  subject text not null,
  class text not null check (class in ('edited', 'deleted', 'orphan', 'missingKey', 'propagating')),
  tenant_id text,
  context jsonb not null,
  evidence jsonb not null,
  first_seen_at timestamptz not null,
  -- Of this opening.
  opened_at timestamptz not null,
  last_seen_at timestamptz not null,
  quiet_until timestamptz,
  -- When Sentry was told of this opening.
  reported_at timestamptz,
  resolved_at timestamptz,
  openings integer not null default 1,
  opened_run_id uuid not null,
  -- The last run that saw it, or could not judge it.
  run_id uuid not null,
  unique (tag, subject)
);
create index drift_finding_newest on drift_finding (opened_at desc, id desc);
create index drift_finding_open on drift_finding (opened_at desc, id desc) where resolved_at is null;
create index drift_finding_unreported on drift_finding (opened_at, id) where resolved_at is null and reported_at is null;

-- Whose a listed server is, and the rows in the order of their servers.
create index configuration_by_server on configuration (server_id) where server_id is not null;
create index configuration_by_retired_server on configuration using gin (retired_server_ids) where retired_server_ids <> '{}';

-- The rows in the order in which Route 53 lists their records (core/drift/zoneOrder.ts).
create index configuration_in_zone_order on configuration ((sending_domain_slug || '.') collate "C", e_id) where records_written_at is not null;
