-- Why somebody is absent, asks for leave or is questioned: for the session's secretary alone, and never in the log.

create table reason (
  organisation_id uuid not null references organisation (id),
  session_id uuid not null,
  person_id uuid not null references person (id) on delete cascade,
  subject text not null check (subject in ('absence', 'leave', 'impartiality')),
  item_id uuid,
  text text not null,
  written_at timestamptz not null
);

-- One for each; an empty item is one value here, which "unique" itself says only from PostgreSQL 15 on.
create unique index reason_one on reason (
  session_id, person_id, subject, coalesce(item_id, '00000000-0000-0000-0000-000000000000')
);

comment on column reason.item_id is 'which item somebody is questioned in; null: of absence and leave';
