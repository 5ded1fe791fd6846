-- Who has spoken in adjourned sessions, how often and how long; made from the log by the projector.

create table spoken_view (
  session_id uuid not null,
  person_id uuid not null,
  group_name text,
  kind text not null,
  number integer not null,
  seconds double precision not null,
  public_number integer not null,
  public_seconds double precision not null
);

create index spoken_view_session on spoken_view (session_id);

-- What has been held already is counted too: the projector goes through the log again, once.
update checkpoint set log_position = 0 where name = 'views';

-- Where the municipality records it: as in the National Population Register, or not at all.
alter table person add column gender text;

alter table organisation add column statistics_public boolean not null default false;
