-- Published recordings are deleted so many days after their session, where a municipality has decided that.

alter table organisation add column recording_days integer check (recording_days between 1 and 36500);
comment on column organisation.recording_days is 'null: published recordings are kept for good';

alter table session_view add column recording_deleted_at timestamptz;
create index session_view_recording on session_view (organisation_id, adjourned_at)
  where status = 'adjourned' and (recording_published or recording_deleted_at is not null);
