-- Every index of email_job is written again each time a job moves on; a queued job now has four, where it had six.

-- An id is a UUIDv7 of the moment of acceptance: newest first is the order of ids, and the primary key has it for a tenant.
drop index email_job_newest;
drop index email_job_by_configuration;
drop index email_job_by_recipient;
create index email_job_by_configuration on email_job (tenant_id, configuration_e_id, e_id);
create index email_job_by_recipient on email_job (tenant_id, recipient, e_id);

-- What is queued is found in email_job_due, by its configuration.
drop index email_job_queued_at;
drop index email_job_in_flight;
create index email_job_in_flight on email_job (tenant_id, configuration_e_id) where status in ('SENDING', 'HELD');

-- Rows come in the order of their times, which is all that a block range index needs; one that is written to for each row costs as much as the row.
drop index idempotency_key_oldest;
drop index email_event_key_oldest;
create index idempotency_key_oldest on idempotency_key using brin (seen_at) with (autosummarize = on);
create index email_event_key_oldest on email_event_key using brin (seen_at) with (autosummarize = on);
