-- What has been carried out is deleted when its retention is over; without these each look for it would read the whole table.
create index effect_settled on effect (settled_at) where settled_at is not null and intent_at is null;
create index zone_change_ended on zone_change (requested_at) where in_sync_at is not null or failed_code is not null;
