-- What keeps the cost of a fleet from growing with its size.

-- Ten thousand domains that wait must not stand before one that is being provisioned: looks and steps are claimed apart.
create index effect_due_step on effect (run_at) where settled_at is null and kind <> 'check-verification';
create index effect_due_look on effect (run_at) where settled_at is null and kind = 'check-verification';
drop index effect_due;

-- Each filter of a listing finds its newest rows without reading the others. The status is the derived one, as listings write it.
create index configuration_newest_of_tenant on configuration (tenant_id, created_at desc, e_id desc);
create index configuration_newest_of_status on configuration
  ((case when operational in ('OK', 'DEGRADED') then administrative else operational end), created_at desc, e_id desc);
create index configuration_by_slug on configuration (sending_domain_slug);
