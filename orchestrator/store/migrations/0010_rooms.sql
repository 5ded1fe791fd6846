-- Digital rooms: which there are (made from the log), what has become of each, and what is due when.

alter table session_view add column room_id uuid, add column by_itself boolean not null default false;
create index session_view_room on session_view (room_id) where room_id is not null;
create index session_view_ahead on session_view (starts_at) where status not in ('adjourned', 'cancelled');

create table room_view (
  room_id uuid primary key,
  meeting_id uuid not null,
  organisation_id uuid not null,
  name text not null,
  provider text not null
);

create index room_view_organisation on room_view (organisation_id);

-- What a room has come to in the product it is in. Not a view: this is known nowhere else. ref is encrypted.
create table room_state (
  room_id uuid primary key,
  organisation_id uuid not null,
  state text not null,
  door text,
  ref text,
  trouble text,
  detail text not null default '',
  differs text[] not null default '{}',
  tries integer not null default 0,
  try_at timestamptz,
  verified_at timestamptz,
  changed_at timestamptz not null
);

-- What IT has decided of something that is due: another time, never, or that it is done.
create table due_mark (
  target_id uuid not null,
  kind text not null,
  organisation_id uuid not null,
  at timestamptz,
  skipped boolean not null default false,
  done_at timestamptz,
  decided_by text not null default '',
  primary key (target_id, kind)
);

-- The number that the public may call for help, given for that purpose; phone and email are never public.
alter table person add column help_phone text not null default '';
