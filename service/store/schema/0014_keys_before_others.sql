-- Of two indexes that cost the same, the planner takes the one that was made last; and in a partition that is still empty all cost the same. Each statement
-- keeps its plan, so a look by key went through every job of its tenant until the partition was analyzed. The key is therefore made last.
alter table email_job drop constraint email_job_pkey;
alter table email_job add primary key (tenant_id, e_id);
alter table email_payload drop constraint email_payload_pkey;
alter table email_payload add primary key (tenant_id, job_e_id);
alter table attempt drop constraint attempt_pkey;
alter table attempt add primary key (tenant_id, job_e_id, number);
alter table email_event drop constraint email_event_pkey;
alter table email_event add primary key (tenant_id, id);
