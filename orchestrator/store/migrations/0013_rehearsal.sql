-- A rehearsal is no meeting: it is deleted afterwards, and nothing of it remains but that there was one.

alter table meeting_view add column rehearsal_of uuid;
create index meeting_view_rehearsal on meeting_view (rehearsal_of) where rehearsal_of is not null;

create table deleted_rehearsal (
  organisation_id uuid not null,
  deleted_at timestamptz not null default now(),
  events integer not null
);

comment on table deleted_rehearsal is 'that events have left the log: whose, when and how many';

-- As before, but for the one stream that delete_rehearsal is deleting.
create or replace function refuse_event_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if current_setting('orchestrator.redacting', true) = 'yes'
       and to_jsonb(new) - 'data' = to_jsonb(old) - 'data' then
      return new;
    end if;
  elsif tg_op = 'DELETE' then
    if current_setting('orchestrator.deleting', true) = old.stream then
      return old;
    end if;
  end if;
  raise exception 'events are never changed (% refused)', tg_op using errcode = 'insufficient_privilege';
end $$;

-- Delete a meeting that its own first event calls a rehearsal, with all that names it, its sessions or its rooms
-- in any table there is; how many events that were. Refuses with SQLSTATE
--   RH001 it is no rehearsal
--   RH002 a room of it stands in its product still
-- Readers of the log meet a gap; those who hold a stream in memory are told on the channel "deleted" to forget it.
create function delete_rehearsal(p_meeting_id uuid) returns integer language plpgsql volatile as $$
declare
  first_event event;
  sessions uuid[];
  rooms uuid[];
  ids uuid[];
  one text;
  place record;
  deleted integer := 0;
  gone integer;
begin
  -- Nobody writes rows from what is deleted meanwhile, and nothing is appended to it.
  perform 1 from checkpoint where name = 'views' for update;
  perform pg_advisory_xact_lock(append_lock());

  select * into first_event from event where stream = 'meeting/' || p_meeting_id and version = 1;
  if not found or first_event.data ->> 'rehearsal_of' is null then
    raise exception 'not a rehearsal' using errcode = 'RH001';
  end if;

  -- A session may be so new that it has no row yet.
  select coalesce(array_agg(distinct session_id), '{}') into sessions from (
    select session_id from session_view where meeting_id = p_meeting_id
    union all
    select substr(stream, length('session/') + 1)::uuid from event
      where log_position > coalesce((select log_position from checkpoint where name = 'views'), 0)
        and version = 1 and stream like 'session/%' and data ->> 'meeting_id' = p_meeting_id::text
  ) as found;
  select coalesce(array_agg(distinct (data -> 'room' ->> 'room_id')::uuid), '{}') into rooms from event
    where stream = 'meeting/' || p_meeting_id and data -> 'room' ->> 'room_id' is not null;
  if exists (select from room_state where room_id = any(rooms)) then
    raise exception 'a room of it stands' using errcode = 'RH002';
  end if;
  ids := sessions || rooms || p_meeting_id;

  perform pg_notify('access', id::text) from link where meeting_id = p_meeting_id;
  delete from login using link where login.link_id = link.id and link.meeting_id = p_meeting_id;
  delete from answer using unnest(ids) as id where position(convert_to(id::text, 'UTF8') in body) > 0;
  for place in
    select table_name, column_name from information_schema.columns
      join information_schema.tables using (table_schema, table_name)
      where table_schema = current_schema() and table_type = 'BASE TABLE' and data_type = 'uuid'
        and column_name in ('meeting_id', 'session_id', 'room_id', 'broadcast_id', 'target_id')
  loop
    execute format('delete from %I where %I = any($1)', place.table_name, place.column_name) using ids;
  end loop;

  foreach one in array array(select 'session/' || id from unnest(sessions) as id) || ('meeting/' || p_meeting_id)
  loop
    perform set_config('orchestrator.deleting', one, true);
    delete from redaction where stream = one;
    delete from event where stream = one;
    get diagnostics gone = row_count;
    deleted := deleted + gone;
    perform pg_notify('deleted', one);
  end loop;
  perform set_config('orchestrator.deleting', '', true);

  insert into deleted_rehearsal (organisation_id, events) values (first_event.organisation_id, deleted);
  perform pg_notify('log', (select coalesce(max(log_position), 0) from event)::text);
  return deleted;
end $$;
