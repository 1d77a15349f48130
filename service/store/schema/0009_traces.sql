-- The W3C trace context of the request behind a job or an effect, so that one trace goes from the request over the call to the provider to its callback.
-- Null where nothing is traced.

alter table email_job add column trace_parent text;
alter table effect add column trace_parent text;
