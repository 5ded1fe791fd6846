-- The log: every event of every meeting and session, in commit order, never changed.

create table event (
  log_position bigint generated always as identity primary key,
  organisation_id uuid not null,
  stream text not null,
  version integer not null check (version > 0),
  recorded_at timestamptz not null,
  actor text not null,
  command_id uuid,
  data jsonb not null,
  constraint event_stream_version unique (stream, version)
);

create index event_command on event (stream, command_id) where command_id is not null;

comment on column event.recorded_at is 'the service''s clock when the event was decided; at most 1 s old when appended';
comment on column event.command_id is 'the client''s id of the command, so that a repeated one is answered, not done again';

-- Which free text was taken out of which event, and when: the only change an event ever sees.
create table redaction (
  stream text not null,
  version integer not null,
  field text[] not null,
  redacted_at timestamptz not null default now(),
  foreign key (stream, version) references event (stream, version)
);

create function refuse_event_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if current_setting('orchestrator.redacting', true) = 'yes'
       and to_jsonb(new) - 'data' = to_jsonb(old) - 'data' then
      return new;
    end if;
  end if;
  raise exception 'events are never changed (% refused)', tg_op using errcode = 'insufficient_privilege';
end $$;

create trigger event_is_kept before update or delete on event
  for each row execute function refuse_event_change();
create trigger event_is_not_emptied before truncate on event
  for each statement execute function refuse_event_change();

-- The one lock that puts appends in order. It is let go after commit, so that whoever gets it next sees
-- all that was appended before, and positions ascend in commit order.
create function append_lock() returns bigint language sql immutable parallel safe as $$
  select 7020106920451113327
$$;

-- Append events to a stream in one round trip. Refuses with SQLSTATE
--   EV001 version conflict: the stream is not at p_expected_version
--   EV002 too late: p_recorded_at is over 1 s old, measured after the wait for the lock
--   EV003 the stream belongs to another organisation
-- A command that was appended before appends nothing and returns what it appended then.
create function append_events(
  p_organisation_id uuid,
  p_stream text,
  p_expected_version integer,
  p_recorded_at timestamptz,
  p_actor text,
  p_command_id uuid,
  p_data jsonb[]
) returns setof event language plpgsql volatile as $$
declare
  last_event event;
begin
  perform pg_advisory_xact_lock(append_lock());

  select * into last_event from event where stream = p_stream order by version desc limit 1;
  if last_event.organisation_id <> p_organisation_id then
    raise exception 'the stream belongs to another organisation' using errcode = 'EV003';
  end if;

  return query select * from event
    where stream = p_stream and command_id = p_command_id order by version;
  if found then
    return;
  end if;

  if coalesce(last_event.version, 0) <> p_expected_version then
    raise exception 'expected version %, found %', p_expected_version, coalesce(last_event.version, 0)
      using errcode = 'EV001', detail = coalesce(last_event.version, 0)::text;
  end if;

  if p_recorded_at < clock_timestamp() - interval '1 second' then
    raise exception 'recorded too long ago' using errcode = 'EV002',
      detail = extract(epoch from clock_timestamp() - p_recorded_at)::text;
  end if;

  return query
    insert into event (organisation_id, stream, version, recorded_at, actor, command_id, data)
    select p_organisation_id, p_stream, p_expected_version + place, p_recorded_at, p_actor, p_command_id, item
    from unnest(p_data) with ordinality as new (item, place)
    order by place
    returning *;

  perform pg_notify('log', (select max(log_position) from event)::text);
end $$;

-- The moment from which nothing older than 1 s can be appended any more. Waits for appends in flight; what is
-- read in a later statement holds all that they appended. The lock is let go at once, so that a reader that
-- hangs never keeps anybody from appending.
create function settle() returns timestamptz language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock_shared(append_lock());
  return clock_timestamp();
end $$;

-- Replace a free text inside an event by a black bar; false if there is no text at that place.
create function redact_event(p_stream text, p_version integer, p_field text[]) returns boolean
language plpgsql volatile as $$
declare
  done boolean;
begin
  perform set_config('orchestrator.redacting', 'yes', true);
  update event set data = jsonb_set(data, p_field, '"█████"', false)
    where stream = p_stream and version = p_version and jsonb_typeof(data #> p_field) = 'string';
  done := found;
  perform set_config('orchestrator.redacting', '', true);
  if done then
    insert into redaction (stream, version, field) values (p_stream, p_version, p_field);
  end if;
  return done;
end $$;
