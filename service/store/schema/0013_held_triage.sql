-- What somebody said became of a message that could not be looked up any more: { at, status, author, reason }. Apart from `triaged_*`, which settles a
-- contradiction for good: this word stands only until the provider reports on the message.
alter table email_job add column held_triage jsonb;
