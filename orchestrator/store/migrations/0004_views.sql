-- What pages read: made from the log by the projector, and made anew from it at any time.

create table checkpoint (
  name text primary key,
  log_position bigint not null
);

create table meeting_view (
  meeting_id uuid primary key,
  organisation_id uuid not null,
  slug text not null,
  body_id uuid,
  title text not null,
  status text not null,
  public boolean not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  place text not null,
  kind text not null,
  changed_at timestamptz,
  version integer not null
);

create index meeting_view_calendar on meeting_view (organisation_id, starts_at);

-- Addresses last: once a meeting has one, it leads there for good. Not a view: kept when views are made anew.
create table meeting_address (
  organisation_id uuid not null,
  slug text not null,
  meeting_id uuid not null,
  primary key (organisation_id, slug)
);

create table session_view (
  session_id uuid primary key,
  meeting_id uuid not null,
  organisation_id uuid not null,
  title text not null,
  kind text not null,
  status text not null,
  public boolean not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  opened_at timestamptz,
  adjourned_at timestamptz,
  current_item_id uuid,
  current_item_number text,
  current_item_title text,
  current_speaker_id uuid,
  broadcast_id uuid not null,
  source_id uuid,
  recording_published boolean not null,
  duration_seconds double precision,
  version integer not null
);

create index session_view_meeting on session_view (meeting_id);
create index session_view_adjourned on session_view (organisation_id, adjourned_at desc, session_id);
create unique index session_view_broadcast on session_view (broadcast_id);
