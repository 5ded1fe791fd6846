-- Urgent problems: open until they are over, told on each channel once, acknowledged by somebody.
create table alert (
  id uuid primary key,
  organisation_id uuid not null references organisation (id),
  kind text not null,
  target_id uuid not null,
  name text not null,
  trouble text,
  opened_at timestamptz not null,
  acknowledged_by text,
  acknowledged_at timestamptz,
  ended_at timestamptz
);

create unique index alert_open on alert (kind, target_id) where ended_at is null;
create index alert_organisation on alert (organisation_id, opened_at);

-- A process that tells has a lease, so that no other tells the same; told_at ends the matter.
create table alert_telling (
  alert_id uuid not null references alert (id) on delete cascade,
  channel text not null,
  leased_until timestamptz,
  told_at timestamptz,
  primary key (alert_id, channel)
);
