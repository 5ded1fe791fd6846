-- What the products that rooms are in tell us by themselves, and what keeps us from fetching what they have made.

-- Told, and not acted on yet: the answer was given at once, and what is here outlives whoever gave it.
create table room_news (
  organisation_id uuid not null references organisation (id) on delete cascade,
  kind text not null check (kind in ('made', 'missed', 'renew', 'removed', 'asked')),
  what text not null default '',
  told_at timestamptz not null,
  primary key (organisation_id, kind, what)
);

comment on column room_news.what is 'made: the product''s name of the meeting; renew: of the subscription; asked: a room';

-- That an organisation's product tells an address of ours, or is to be brought to do so.
create table room_subscription (
  organisation_id uuid primary key references organisation (id) on delete cascade,
  url text not null,
  renew_at timestamptz not null
);

-- Why the last try to fetch something failed. target_id: a room, or an organisation (of subscriptions).
create table fetch_trouble (
  target_id uuid not null,
  kind text not null check (kind in ('recording', 'transcript', 'attendance', 'subscription')),
  organisation_id uuid not null references organisation (id) on delete cascade,
  code text not null,
  since timestamptz not null,
  try_at timestamptz,
  primary key (target_id, kind)
);

create index fetch_trouble_organisation on fetch_trouble (organisation_id);
