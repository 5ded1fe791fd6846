-- What is written in the chats: no part of the record. What is deleted leaves its place and nothing else.

alter table organisation add column chat_days integer not null default 30 check (chat_days between 1 and 365);

comment on column organisation.chat_days is 'so many days after a session its chat is deleted';

create table chat_line (
  place bigint generated always as identity,
  line_id uuid primary key,
  organisation_id uuid not null references organisation (id),
  session_id uuid not null,
  item_id uuid,
  behind_doors boolean not null,
  author uuid not null,
  person_id uuid,
  role text not null,
  text text,
  answer jsonb,
  written_at timestamptz not null,
  deleted_at timestamptz,
  deleted_as text,
  check (deleted_at is null or (text is null and answer is null))
);

create index chat_line_session on chat_line (session_id, place);

comment on column chat_line.author is 'whose line it is: a person, else the login or token that wrote it';
comment on column chat_line.answer is 'what the service answered a line that asked for the floor';
comment on column chat_line.deleted_as is 'the role of somebody else who deleted it; null: who wrote it did';
