-- Secrets that change while the service runs: which process holds what, how far a walk over the fleet is, and what was found to be otherwise.

-- A process that stops saying so is gone after its lease, by the database's clock.
CREATE TABLE process_status (
  holder text PRIMARY KEY,
  expires_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  -- The last refresh that was asked of all, and that this one has done.
  refresh_number bigint NOT NULL,
  current_key_version_id text,
  loaded_key_version_ids text[] NOT NULL,
  refreshed_at timestamptz,
  -- Fingerprints, the current one first; never the secrets.
  api_keys text[] NOT NULL,
  signing_keys text[] NOT NULL,
  account_tokens text[] NOT NULL,
  account_token_state text NOT NULL
);

-- One row: how often everybody was asked to read registry and keys again.
CREATE TABLE refresh_request (
  name text PRIMARY KEY,
  number bigint NOT NULL,
  requested_at timestamptz NOT NULL,
  requested_by text NOT NULL
);

-- The last walk of each kind; finished_at is null while it runs. What is still to be done is asked of the rows themselves.
CREATE TABLE rotation (
  kind text PRIMARY KEY CHECK (kind IN ('re-encrypt', 'webhook-credential')),
  run_id uuid NOT NULL,
  target text NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  requested_by text NOT NULL,
  request_id text NOT NULL,
  position uuid NOT NULL,
  passes integer NOT NULL DEFAULT 0,
  run_at timestamptz NOT NULL,
  waiting_for text
);

CREATE TABLE rotation_trouble (
  tenant_id text NOT NULL,
  kind text NOT NULL,
  configuration_e_id uuid NOT NULL,
  lasting boolean NOT NULL,
  code text NOT NULL,
  detail text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, kind, configuration_e_id)
);

-- What a webhook was last given, as fingerprints. No row: not known, which counts as the old one.
CREATE TABLE webhook_credential (
  tenant_id text NOT NULL,
  configuration_e_id uuid NOT NULL,
  fingerprint text NOT NULL,
  written_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, configuration_e_id)
);

-- Tokens of a server that were ours until a person made another: not taken again while both are valid. SHA-256 of 122 random bits.
CREATE TABLE replaced_server_token (
  tenant_id text NOT NULL,
  configuration_e_id uuid NOT NULL,
  token_hash text NOT NULL,
  replaced_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, configuration_e_id, token_hash)
);

-- When a previous secret was last presented to any process.
CREATE TABLE secret_sighting (
  what text PRIMARY KEY,
  fingerprint text NOT NULL,
  seen_at timestamptz NOT NULL
);

-- Work that one replica does once in an interval of domain time.
CREATE TABLE turn (
  name text PRIMARY KEY,
  taken_at timestamptz NOT NULL
);
