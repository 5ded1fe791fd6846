-- What has been decided of a member's impartiality in a matter, so that later meetings are reminded of it;
-- made from the log by the projector.

create table impartiality_view (
  organisation_id uuid not null,
  matter text not null,
  person_id uuid not null,
  session_id uuid not null,
  item_id uuid not null,
  outcome text not null,
  section text not null,
  paragraph text not null,
  letter text not null,
  decided_at timestamptz not null
);

create index impartiality_view_matter on impartiality_view (organisation_id, matter, person_id);
create index impartiality_view_session on impartiality_view (session_id);

-- What has been decided already is remembered too: the projector goes through the log again, once.
update checkpoint set log_position = 0 where name = 'views';
