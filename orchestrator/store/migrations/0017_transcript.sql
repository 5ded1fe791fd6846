-- What was said in a session while it was public, as its room's own product wrote it down.

create table transcript_line (
  organisation_id uuid not null references organisation (id) on delete cascade,
  session_id uuid not null,
  transcript_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  voice text not null default '',
  text text not null
);

create index transcript_line_session on transcript_line (session_id, starts_at);

comment on column transcript_line.voice is 'who, by the name that the product knew them by; empty: not known';
