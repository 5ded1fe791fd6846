-- Rooms that a product has under a municipality's account and nothing here knows of: for IT to decide about.
create table unknown_room (
  organisation_id uuid not null,
  provider text not null,
  room_id uuid not null,
  found_at timestamptz not null,
  asked_at timestamptz,
  trouble text,
  primary key (organisation_id, provider, room_id),
  foreign key (organisation_id, provider) references room_account on delete cascade
);

comment on column unknown_room.asked_at is 'when IT asked that it be taken away; null: nobody has';
comment on column unknown_room.trouble is 'why that could not be done when last asked for, by the code of a room''s trouble';

-- Whether a room is planned here, or has been asked for and not been taken away since.
create function room_is_known(room uuid) returns boolean language sql stable as $$
  select exists (select from room_view where room_id = room) or exists (select from room_state where room_id = room)
$$;
