-- The time that IT has set for something slides with the session or room that it belongs to.

alter table due_mark add column base_at timestamptz;
comment on column due_mark.base_at is 'when its session or room began or ended, by the plan, as at was decided';

-- What a step's time is counted from: the start or the end of its session, or of all those in its room.
create function due_base(target uuid, step text) returns timestamptz language sql stable as $$
  select case when step in ('adjourn_session', 'close_room', 'delete_room', 'fetch_artifacts')
    then max(ends_at) else min(starts_at) end
  from session_view
  where step <> 'delete_recording' and status <> 'cancelled' and (session_id = target or room_id = target)
$$;
