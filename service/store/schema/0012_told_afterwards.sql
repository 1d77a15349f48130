-- Who took a job back, and why one was sent again: shown in its timeline.
alter table email_job add column cancelled_by text, add column resend_reason text;

-- An event whose job was not known when it was acted on. It is looked at again for a while: the job's own number may be on disk a moment later.
alter table email_event add column unmatched boolean not null default false;
create index email_event_unmatched on email_event (received_at) where unmatched;

-- When a recipient was last released: what is reported late, and happened before that, suppresses nobody again.
create index suppression_entry_released on suppression_entry (tenant_id, recipient, released_at) where released_at is not null;
