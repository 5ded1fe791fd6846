-- What the schedule looks for, among any number of sessions that are planned.

create index session_view_start on session_view (starts_at) where status <> 'cancelled';
create index session_view_end on session_view ((coalesce(adjourned_at, ends_at))) where status <> 'cancelled';
create index session_view_opens on session_view (starts_at) where by_itself and status = 'planned';
create index session_view_going_on on session_view (ends_at) where status in ('open', 'break', 'closed_doors');
create index session_view_source on session_view (source_id)
  where status not in ('adjourned', 'cancelled') and source_id is not null;
create index due_mark_at on due_mark (at) where at is not null;
