-- The rules of procedure of each body; null: the usual ones. A session holds its own copy.

alter table body add column rules jsonb;
