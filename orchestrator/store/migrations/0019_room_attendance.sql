-- Who was in a session's room when, as the room's own product tells: for the secretary and IT, never public.

create table room_attendance (
  organisation_id uuid not null references organisation (id) on delete cascade,
  session_id uuid not null,
  person_id uuid references person (id) on delete cascade,
  visitor integer not null default 0,
  by_name boolean not null default false,
  came_at timestamptz not null,
  left_at timestamptz not null,
  written_at timestamptz not null
);

create index room_attendance_session on room_attendance (session_id);

comment on column room_attendance.person_id is 'null: somebody whom we do not know, and of whom nothing is kept but the number';
comment on column room_attendance.by_name is 'known by the name alone, which anybody could write';
comment on column room_attendance.written_at is 'when the session ended: it is kept as long as a chat, from then on';
