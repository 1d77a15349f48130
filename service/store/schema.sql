-- The schema after all migrations, written by "npm run migrate -- --dump" from Postgres's catalogue. Not run by anything; a test keeps it true.

CREATE TABLE attempt (
  tenant_id text NOT NULL,
  job_e_id uuid NOT NULL,
  number integer NOT NULL,
  started_at timestamp with time zone NOT NULL,
  finished_at timestamp with time zone,
  outcome text,
  code text,
  message text,
  batch_size integer NOT NULL,
  CONSTRAINT attempt_pkey PRIMARY KEY (tenant_id, job_e_id, number)
) PARTITION BY RANGE (job_e_id);

CREATE TABLE attempt_default PARTITION OF attempt DEFAULT (
  tenant_id text NOT NULL,
  job_e_id uuid NOT NULL,
  number integer NOT NULL,
  started_at timestamp with time zone NOT NULL,
  finished_at timestamp with time zone,
  outcome text,
  code text,
  message text,
  batch_size integer NOT NULL,
  CONSTRAINT attempt_default_pkey PRIMARY KEY (tenant_id, job_e_id, number)
);

CREATE TABLE budget (
  name text NOT NULL,
  tokens double precision NOT NULL,
  refilled_at timestamp with time zone NOT NULL,
  CONSTRAINT budget_pkey PRIMARY KEY (name)
);

CREATE TABLE configuration (
  tenant_id text NOT NULL,
  e_id uuid NOT NULL,
  sending_domain_slug text NOT NULL,
  from_local_part text NOT NULL,
  from_name text,
  reply_to_email text,
  operational text NOT NULL,
  step text,
  administrative text NOT NULL,
  operational_since timestamp with time zone NOT NULL,
  administrative_since timestamp with time zone NOT NULL,
  generation integer NOT NULL,
  adopt_requested boolean DEFAULT false NOT NULL,
  server_id bigint,
  server_name text,
  server_token text,
  routing_token text NOT NULL,
  routing_token_hash text NOT NULL,
  key_version_id uuid,
  domain_id bigint,
  webhook_id bigint,
  retired_server_ids bigint[] DEFAULT '{}'::bigint[] NOT NULL,
  dkim_name text,
  dkim_value text,
  return_path_name text,
  return_path_value text,
  records_written_at timestamp with time zone,
  verification_started_at timestamp with time zone,
  verification_polls integer DEFAULT 0 NOT NULL,
  dkim_verified boolean DEFAULT false NOT NULL,
  return_path_verified boolean DEFAULT false NOT NULL,
  verified_at timestamp with time zone,
  failure_count integer DEFAULT 0 NOT NULL,
  last_failure_code text,
  last_failure_detail text,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  CONSTRAINT configuration_pkey PRIMARY KEY (tenant_id, e_id),
  CONSTRAINT configuration_administrative_check CHECK ((administrative = ANY (ARRAY['LOCKED'::text, 'UNLOCKED'::text, 'LOCKING'::text]))),
  CONSTRAINT configuration_generation_check CHECK ((generation > 0)),
  CONSTRAINT configuration_operational_check CHECK ((operational = ANY (ARRAY['PENDING'::text, 'PROVISIONING'::text, 'AWAITING_VERIFICATION'::text, 'UNVERIFIED'::text, 'OK'::text, 'DEGRADED'::text, 'FAILURE'::text, 'MISSING'::text, 'REMOVING'::text, 'REMOVED'::text]))),
  CONSTRAINT configuration_step_check CHECK ((step = ANY (ARRAY['createServer'::text, 'createDomain'::text, 'installWebhook'::text, 'writeRecords'::text, 'unwind'::text, 'cleanUp'::text]))),
  CONSTRAINT configuration_step_only_while_provisioning CHECK (((step IS NOT NULL) = (operational = 'PROVISIONING'::text)))
);

CREATE TABLE configuration_event (
  tenant_id text NOT NULL,
  configuration_e_id uuid NOT NULL,
  sequence integer NOT NULL,
  at timestamp with time zone NOT NULL,
  author text NOT NULL,
  event text NOT NULL,
  from_status text,
  to_status text NOT NULL,
  detail jsonb NOT NULL,
  request_id text,
  record jsonb NOT NULL,
  CONSTRAINT configuration_event_pkey PRIMARY KEY (tenant_id, configuration_e_id, sequence)
);

CREATE TABLE dead_letter (
  tenant_id text NOT NULL,
  job_e_id uuid NOT NULL,
  at timestamp with time zone NOT NULL,
  attempts integer NOT NULL,
  last_code text,
  last_message text,
  CONSTRAINT dead_letter_pkey PRIMARY KEY (tenant_id, job_e_id)
);

CREATE TABLE drift_correction (
  id uuid NOT NULL,
  plan_id text NOT NULL,
  kind text NOT NULL,
  tenant_id text,
  configuration_e_id uuid,
  postmark_server_id bigint,
  findings jsonb NOT NULL,
  author text NOT NULL,
  request_id text NOT NULL,
  accepted_at timestamp with time zone NOT NULL,
  begun_at timestamp with time zone,
  ended_at timestamp with time zone,
  outcome text,
  detail text,
  CONSTRAINT drift_correction_pkey PRIMARY KEY (id),
  CONSTRAINT drift_correction_kind_check CHECK ((kind = ANY (ARRAY['rewriteRecords'::text, 'remakeServer'::text, 'adoptServer'::text, 'retireServer'::text, 'resealSecrets'::text, 'mergeSuppressions'::text, 'reinstallWebhook'::text, 'renameServer'::text]))),
  CONSTRAINT drift_correction_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'failed'::text, 'moved'::text])))
);

CREATE TABLE drift_finding (
  id uuid NOT NULL,
  tag text NOT NULL,
  subject text NOT NULL,
  class text NOT NULL,
  tenant_id text,
  context jsonb NOT NULL,
  evidence jsonb NOT NULL,
  first_seen_at timestamp with time zone NOT NULL,
  opened_at timestamp with time zone NOT NULL,
  last_seen_at timestamp with time zone NOT NULL,
  quiet_until timestamp with time zone,
  reported_at timestamp with time zone,
  resolved_at timestamp with time zone,
  openings integer DEFAULT 1 NOT NULL,
  opened_run_id uuid NOT NULL,
  run_id uuid NOT NULL,
  correction_id uuid,
  CONSTRAINT drift_finding_pkey PRIMARY KEY (id),
  CONSTRAINT drift_finding_class_check CHECK ((class = ANY (ARRAY['edited'::text, 'deleted'::text, 'orphan'::text, 'missingKey'::text, 'diverged'::text, 'propagating'::text]))),
  CONSTRAINT drift_finding_tag_subject_key UNIQUE (tag, subject)
);

CREATE TABLE drift_run (
  id uuid NOT NULL,
  trigger text NOT NULL,
  author text NOT NULL,
  request_id text NOT NULL,
  assertions text[] NOT NULL,
  requested_at timestamp with time zone NOT NULL,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  results jsonb DEFAULT '[]'::jsonb NOT NULL,
  CONSTRAINT drift_run_pkey PRIMARY KEY (id),
  CONSTRAINT drift_run_trigger_check CHECK ((trigger = ANY (ARRAY['tick'::text, 'operator'::text])))
);

CREATE TABLE effect (
  tenant_id text NOT NULL,
  id uuid NOT NULL,
  configuration_e_id uuid NOT NULL,
  kind text NOT NULL,
  generation integer NOT NULL,
  run_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  intent_at timestamp with time zone,
  alerted_at timestamp with time zone,
  last_error text,
  holder text,
  fence bigint DEFAULT 0 NOT NULL,
  settled_at timestamp with time zone,
  outcome text,
  trace_parent text,
  CONSTRAINT effect_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT effect_kind_check CHECK ((kind = ANY (ARRAY['create-server'::text, 'create-domain'::text, 'install-webhook'::text, 'write-records'::text, 'check-verification'::text, 'unwind'::text, 'check-drain'::text, 'cancel-in-flight'::text, 'report-failure'::text])))
);

CREATE TABLE email_event (
  tenant_id text NOT NULL,
  id uuid NOT NULL,
  configuration_e_id uuid NOT NULL,
  job_e_id uuid,
  record_type text NOT NULL,
  message_id text,
  recipient text,
  bounce_type text,
  occurred_at timestamp with time zone NOT NULL,
  received_at timestamp with time zone NOT NULL,
  projected_at timestamp with time zone,
  payload jsonb NOT NULL,
  unmatched boolean DEFAULT false NOT NULL,
  CONSTRAINT email_event_pkey PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);

CREATE TABLE email_event_default PARTITION OF email_event DEFAULT (
  tenant_id text NOT NULL,
  id uuid NOT NULL,
  configuration_e_id uuid NOT NULL,
  job_e_id uuid,
  record_type text NOT NULL,
  message_id text,
  recipient text,
  bounce_type text,
  occurred_at timestamp with time zone NOT NULL,
  received_at timestamp with time zone NOT NULL,
  projected_at timestamp with time zone,
  payload jsonb NOT NULL,
  unmatched boolean DEFAULT false NOT NULL,
  CONSTRAINT email_event_default_pkey PRIMARY KEY (tenant_id, id)
);

CREATE TABLE email_event_key (
  tenant_id text NOT NULL,
  configuration_e_id uuid NOT NULL,
  dedupe_key text NOT NULL,
  seen_at timestamp with time zone NOT NULL,
  CONSTRAINT email_event_key_pkey PRIMARY KEY (tenant_id, configuration_e_id, dedupe_key)
);

CREATE TABLE email_job (
  tenant_id text NOT NULL,
  e_id uuid NOT NULL,
  configuration_e_id uuid NOT NULL,
  recipient text NOT NULL,
  subject text NOT NULL,
  status text NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  rungs integer DEFAULT 0 NOT NULL,
  looks integer DEFAULT 0 NOT NULL,
  next_attempt_at timestamp with time zone,
  cancel_requested boolean DEFAULT false NOT NULL,
  postmark_message_id text,
  accepted_at timestamp with time zone NOT NULL,
  sent_at timestamp with time zone,
  delivered_at timestamp with time zone,
  ended_at timestamp with time zone,
  last_error jsonb,
  resend_of uuid,
  triaged_at timestamp with time zone,
  triaged_by text,
  triage_reason text,
  author text NOT NULL,
  request_id text NOT NULL,
  holder text,
  fence bigint DEFAULT 0 NOT NULL,
  trace_parent text,
  cancelled_by text,
  resend_reason text,
  held_triage jsonb,
  CONSTRAINT email_job_pkey PRIMARY KEY (tenant_id, e_id),
  CONSTRAINT email_job_status_check CHECK ((status = ANY (ARRAY['QUEUED'::text, 'SENDING'::text, 'HELD'::text, 'SENT'::text, 'DELIVERED'::text, 'BOUNCED'::text, 'COMPLAINED'::text, 'FAILED'::text, 'DEAD_LETTER'::text, 'SUPPRESSED'::text, 'CANCELLED'::text, 'INCONSISTENT'::text])))
) PARTITION BY RANGE (e_id);

CREATE TABLE email_job_default PARTITION OF email_job DEFAULT (
  tenant_id text NOT NULL,
  e_id uuid NOT NULL,
  configuration_e_id uuid NOT NULL,
  recipient text NOT NULL,
  subject text NOT NULL,
  status text NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  rungs integer DEFAULT 0 NOT NULL,
  looks integer DEFAULT 0 NOT NULL,
  next_attempt_at timestamp with time zone,
  cancel_requested boolean DEFAULT false NOT NULL,
  postmark_message_id text,
  accepted_at timestamp with time zone NOT NULL,
  sent_at timestamp with time zone,
  delivered_at timestamp with time zone,
  ended_at timestamp with time zone,
  last_error jsonb,
  resend_of uuid,
  triaged_at timestamp with time zone,
  triaged_by text,
  triage_reason text,
  author text NOT NULL,
  request_id text NOT NULL,
  holder text,
  fence bigint DEFAULT 0 NOT NULL,
  trace_parent text,
  cancelled_by text,
  resend_reason text,
  held_triage jsonb,
  CONSTRAINT email_job_default_pkey PRIMARY KEY (tenant_id, e_id),
  CONSTRAINT email_job_status_check CHECK ((status = ANY (ARRAY['QUEUED'::text, 'SENDING'::text, 'HELD'::text, 'SENT'::text, 'DELIVERED'::text, 'BOUNCED'::text, 'COMPLAINED'::text, 'FAILED'::text, 'DEAD_LETTER'::text, 'SUPPRESSED'::text, 'CANCELLED'::text, 'INCONSISTENT'::text])))
);

CREATE TABLE email_payload (
  tenant_id text NOT NULL,
  job_e_id uuid NOT NULL,
  payload jsonb NOT NULL,
  CONSTRAINT email_payload_pkey PRIMARY KEY (tenant_id, job_e_id)
) PARTITION BY RANGE (job_e_id);

CREATE TABLE email_payload_default PARTITION OF email_payload DEFAULT (
  tenant_id text NOT NULL,
  job_e_id uuid NOT NULL,
  payload jsonb NOT NULL,
  CONSTRAINT email_payload_default_pkey PRIMARY KEY (tenant_id, job_e_id)
);

CREATE TABLE idempotency_key (
  tenant_id text NOT NULL,
  key text NOT NULL,
  request_hash text NOT NULL,
  job_e_id uuid NOT NULL,
  seen_at timestamp with time zone NOT NULL,
  CONSTRAINT idempotency_key_pkey PRIMARY KEY (tenant_id, key)
);

CREATE TABLE malformed_event (
  tenant_id text NOT NULL,
  id uuid NOT NULL,
  configuration_e_id uuid NOT NULL,
  received_at timestamp with time zone NOT NULL,
  failure_code text NOT NULL,
  failure_detail text NOT NULL,
  body text NOT NULL,
  CONSTRAINT malformed_event_pkey PRIMARY KEY (tenant_id, id)
);

CREATE TABLE process_status (
  holder text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  seen_at timestamp with time zone NOT NULL,
  refresh_number bigint NOT NULL,
  current_key_version_id text,
  loaded_key_version_ids text[] NOT NULL,
  refreshed_at timestamp with time zone,
  api_keys text[] NOT NULL,
  signing_keys text[] NOT NULL,
  account_tokens text[] NOT NULL,
  account_token_state text NOT NULL,
  CONSTRAINT process_status_pkey PRIMARY KEY (holder)
);

CREATE TABLE provider_pause (
  scope text NOT NULL,
  code text NOT NULL,
  since timestamp with time zone NOT NULL,
  until timestamp with time zone NOT NULL,
  CONSTRAINT provider_pause_pkey PRIMARY KEY (scope)
);

CREATE TABLE refresh_request (
  name text NOT NULL,
  number bigint NOT NULL,
  requested_at timestamp with time zone NOT NULL,
  requested_by text NOT NULL,
  CONSTRAINT refresh_request_pkey PRIMARY KEY (name)
);

CREATE TABLE replaced_server_token (
  tenant_id text NOT NULL,
  configuration_e_id uuid NOT NULL,
  token_hash text NOT NULL,
  replaced_at timestamp with time zone NOT NULL,
  CONSTRAINT replaced_server_token_pkey PRIMARY KEY (tenant_id, configuration_e_id, token_hash)
);

CREATE TABLE rotation (
  kind text NOT NULL,
  run_id uuid NOT NULL,
  target text NOT NULL,
  started_at timestamp with time zone NOT NULL,
  finished_at timestamp with time zone,
  requested_by text NOT NULL,
  request_id text NOT NULL,
  "position" uuid NOT NULL,
  passes integer DEFAULT 0 NOT NULL,
  run_at timestamp with time zone NOT NULL,
  waiting_for text,
  CONSTRAINT rotation_pkey PRIMARY KEY (kind),
  CONSTRAINT rotation_kind_check CHECK ((kind = ANY (ARRAY['re-encrypt'::text, 'webhook-credential'::text])))
);

CREATE TABLE rotation_trouble (
  tenant_id text NOT NULL,
  kind text NOT NULL,
  configuration_e_id uuid NOT NULL,
  lasting boolean NOT NULL,
  code text NOT NULL,
  detail text NOT NULL,
  at timestamp with time zone NOT NULL,
  CONSTRAINT rotation_trouble_pkey PRIMARY KEY (tenant_id, kind, configuration_e_id)
);

CREATE TABLE schema_migration (
  version integer NOT NULL,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT schema_migration_pkey PRIMARY KEY (version)
);

CREATE TABLE secret_sighting (
  what text NOT NULL,
  fingerprint text NOT NULL,
  seen_at timestamp with time zone NOT NULL,
  CONSTRAINT secret_sighting_pkey PRIMARY KEY (what)
);

CREATE TABLE slug_claim (
  slug text NOT NULL,
  tenant_id text NOT NULL,
  configuration_e_id uuid NOT NULL,
  CONSTRAINT slug_claim_pkey PRIMARY KEY (slug)
);

CREATE TABLE suppression_entry (
  tenant_id text NOT NULL,
  id uuid NOT NULL,
  recipient text NOT NULL,
  reason text NOT NULL,
  origin text NOT NULL,
  active boolean NOT NULL,
  since timestamp with time zone NOT NULL,
  note text,
  source_job_e_id uuid,
  source_event_id uuid,
  author text NOT NULL,
  released_at timestamp with time zone,
  released_by text,
  release_reason text,
  CONSTRAINT suppression_entry_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT suppression_entry_origin_check CHECK ((origin = ANY (ARRAY['webhook'::text, 'provider'::text, 'operator'::text, 'tenant'::text]))),
  CONSTRAINT suppression_entry_reason_check CHECK ((reason = ANY (ARRAY['HardBounce'::text, 'SpamComplaint'::text, 'ManualSuppression'::text, 'SubscriptionChange'::text, 'ProviderInactive'::text])))
);

CREATE TABLE tenant_key (
  tenant_id text NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  key_hash text NOT NULL,
  created_at timestamp with time zone NOT NULL,
  created_by text NOT NULL,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  CONSTRAINT tenant_key_pkey PRIMARY KEY (tenant_id, id)
);

CREATE TABLE turn (
  name text NOT NULL,
  taken_at timestamp with time zone NOT NULL,
  CONSTRAINT turn_pkey PRIMARY KEY (name)
);

CREATE TABLE webhook_credential (
  tenant_id text NOT NULL,
  configuration_e_id uuid NOT NULL,
  fingerprint text NOT NULL,
  written_at timestamp with time zone NOT NULL,
  CONSTRAINT webhook_credential_pkey PRIMARY KEY (tenant_id, configuration_e_id)
);

CREATE TABLE worker_lease (
  holder text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT worker_lease_pkey PRIMARY KEY (holder)
);

CREATE TABLE zone_change (
  tenant_id text NOT NULL,
  id uuid NOT NULL,
  zone_id text NOT NULL,
  configuration_e_id uuid NOT NULL,
  effect_id uuid NOT NULL,
  action text NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  ttl integer NOT NULL,
  record_values text[] NOT NULL,
  requested_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  change_id text,
  submitted_at timestamp with time zone,
  in_sync_at timestamp with time zone,
  failed_code text,
  failed_detail text,
  CONSTRAINT zone_change_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT zone_change_action_check CHECK ((action = ANY (ARRAY['UPSERT'::text, 'DELETE'::text]))),
  CONSTRAINT zone_change_tenant_id_effect_id_action_name_type_key UNIQUE (tenant_id, effect_id, action, name, type),
  CONSTRAINT zone_change_type_check CHECK ((type = ANY (ARRAY['TXT'::text, 'CNAME'::text])))
);

CREATE INDEX configuration_by_id ON public.configuration USING btree (e_id);

CREATE INDEX configuration_by_retired_server ON public.configuration USING gin (retired_server_ids) WHERE (retired_server_ids <> '{}'::bigint[]);

CREATE UNIQUE INDEX configuration_by_routing_token ON public.configuration USING btree (tenant_id, routing_token_hash);

CREATE INDEX configuration_by_server ON public.configuration USING btree (server_id) WHERE (server_id IS NOT NULL);

CREATE INDEX configuration_by_slug ON public.configuration USING btree (sending_domain_slug);

CREATE INDEX configuration_in_zone_order ON public.configuration USING btree (((sending_domain_slug || '.'::text)) COLLATE "C", e_id) WHERE (records_written_at IS NOT NULL);

CREATE INDEX configuration_locking ON public.configuration USING btree (tenant_id, e_id) WHERE (administrative = 'LOCKING'::text);

CREATE INDEX configuration_newest ON public.configuration USING btree (created_at DESC, e_id DESC);

CREATE INDEX configuration_newest_of_status ON public.configuration USING btree ((
CASE
    WHEN (operational = ANY (ARRAY['OK'::text, 'DEGRADED'::text])) THEN administrative
    ELSE operational
END), created_at DESC, e_id DESC);

CREATE INDEX configuration_newest_of_tenant ON public.configuration USING btree (tenant_id, created_at DESC, e_id DESC);

CREATE UNIQUE INDEX configuration_one_sender_per_tenant ON public.configuration USING btree (tenant_id) WHERE ((administrative = 'UNLOCKED'::text) AND (operational = ANY (ARRAY['OK'::text, 'DEGRADED'::text])));

CREATE INDEX configuration_routing ON public.configuration USING btree (routing_token_hash);

CREATE INDEX configuration_under_way ON public.configuration USING btree (operational) WHERE (operational = ANY (ARRAY['PROVISIONING'::text, 'AWAITING_VERIFICATION'::text, 'REMOVING'::text]));

CREATE INDEX configuration_event_as_of ON public.configuration_event USING btree (tenant_id, configuration_e_id, at, sequence);

CREATE INDEX drift_correction_waiting ON public.drift_correction USING btree (accepted_at, id) WHERE (ended_at IS NULL);

CREATE INDEX drift_finding_newest ON public.drift_finding USING btree (opened_at DESC, id DESC);

CREATE INDEX drift_finding_open ON public.drift_finding USING btree (opened_at DESC, id DESC) WHERE (resolved_at IS NULL);

CREATE INDEX drift_finding_unreported ON public.drift_finding USING btree (opened_at, id) WHERE ((resolved_at IS NULL) AND (reported_at IS NULL));

CREATE INDEX drift_run_finished ON public.drift_run USING btree (finished_at) WHERE (finished_at IS NOT NULL);

CREATE INDEX drift_run_unfinished ON public.drift_run USING btree (requested_at, id) WHERE (finished_at IS NULL);

CREATE INDEX effect_due_look ON public.effect USING btree (run_at) WHERE ((settled_at IS NULL) AND (kind = 'check-verification'::text));

CREATE INDEX effect_due_step ON public.effect USING btree (run_at) WHERE ((settled_at IS NULL) AND (kind <> 'check-verification'::text));

CREATE INDEX effect_live_of_configuration ON public.effect USING btree (tenant_id, configuration_e_id) WHERE (settled_at IS NULL);

CREATE INDEX effect_settled ON public.effect USING btree (settled_at) WHERE ((settled_at IS NOT NULL) AND (intent_at IS NULL));

CREATE INDEX effect_unlearned ON public.effect USING btree (tenant_id, configuration_e_id, kind) WHERE (intent_at IS NOT NULL);

CREATE INDEX email_event_of_job ON ONLY public.email_event USING btree (tenant_id, job_e_id, occurred_at) WHERE (job_e_id IS NOT NULL);

CREATE INDEX email_event_unmatched ON ONLY public.email_event USING btree (received_at) WHERE unmatched;

CREATE INDEX email_event_unprojected ON ONLY public.email_event USING btree (received_at) WHERE (projected_at IS NULL);

CREATE INDEX email_event_default_received_at_idx ON public.email_event_default USING btree (received_at) WHERE (projected_at IS NULL);

CREATE INDEX email_event_default_received_at_idx1 ON public.email_event_default USING btree (received_at) WHERE unmatched;

CREATE INDEX email_event_default_tenant_id_job_e_id_occurred_at_idx ON public.email_event_default USING btree (tenant_id, job_e_id, occurred_at) WHERE (job_e_id IS NOT NULL);

CREATE INDEX email_event_key_oldest ON public.email_event_key USING brin (seen_at) WITH (autosummarize='on');

CREATE INDEX email_job_by_configuration ON ONLY public.email_job USING btree (tenant_id, configuration_e_id, e_id);

CREATE INDEX email_job_by_recipient ON ONLY public.email_job USING btree (tenant_id, recipient, e_id);

CREATE INDEX email_job_due ON ONLY public.email_job USING btree (configuration_e_id, next_attempt_at, e_id) WHERE (status = 'QUEUED'::text);

CREATE INDEX email_job_held ON ONLY public.email_job USING btree (next_attempt_at) WHERE (status = 'HELD'::text);

CREATE INDEX email_job_in_flight ON ONLY public.email_job USING btree (tenant_id, configuration_e_id) WHERE (status = ANY (ARRAY['SENDING'::text, 'HELD'::text]));

CREATE INDEX email_job_sending ON ONLY public.email_job USING btree (holder) WHERE (status = 'SENDING'::text);

CREATE INDEX email_job_default_configuration_e_id_next_attempt_at_e_id_idx ON public.email_job_default USING btree (configuration_e_id, next_attempt_at, e_id) WHERE (status = 'QUEUED'::text);

CREATE INDEX email_job_default_holder_idx ON public.email_job_default USING btree (holder) WHERE (status = 'SENDING'::text);

CREATE INDEX email_job_default_next_attempt_at_idx1 ON public.email_job_default USING btree (next_attempt_at) WHERE (status = 'HELD'::text);

CREATE INDEX email_job_default_tenant_id_configuration_e_id_e_id_idx ON public.email_job_default USING btree (tenant_id, configuration_e_id, e_id);

CREATE INDEX email_job_default_tenant_id_configuration_e_id_idx ON public.email_job_default USING btree (tenant_id, configuration_e_id) WHERE (status = ANY (ARRAY['SENDING'::text, 'HELD'::text]));

CREATE INDEX email_job_default_tenant_id_recipient_e_id_idx ON public.email_job_default USING btree (tenant_id, recipient, e_id);

CREATE INDEX idempotency_key_oldest ON public.idempotency_key USING brin (seen_at) WITH (autosummarize='on');

CREATE UNIQUE INDEX suppression_entry_active ON public.suppression_entry USING btree (tenant_id, recipient) WHERE active;

CREATE INDEX suppression_entry_newest ON public.suppression_entry USING btree (tenant_id, since DESC, id DESC);

CREATE INDEX suppression_entry_released ON public.suppression_entry USING btree (tenant_id, recipient, released_at) WHERE (released_at IS NOT NULL);

CREATE UNIQUE INDEX tenant_key_by_hash ON public.tenant_key USING btree (tenant_id, key_hash);

CREATE INDEX tenant_key_hash ON public.tenant_key USING btree (key_hash) WHERE (revoked_at IS NULL);

CREATE INDEX zone_change_ended ON public.zone_change USING btree (requested_at) WHERE ((in_sync_at IS NOT NULL) OR (failed_code IS NOT NULL));

CREATE INDEX zone_change_open ON public.zone_change USING btree (zone_id, requested_at) WHERE ((in_sync_at IS NULL) AND (failed_code IS NULL));
