-- Who may come in. Of every secret only its SHA-256 is kept.

create table link (
  id uuid primary key,
  organisation_id uuid not null references organisation (id),
  meeting_id uuid,
  person_id uuid,
  roles text[] not null,
  label text not null,
  secret_hash bytea not null unique,
  reusable boolean not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  used_at timestamptz,
  revoked_at timestamptz
);

create index link_meeting on link (organisation_id, meeting_id);

create table login (
  id uuid primary key,
  link_id uuid not null references link (id),
  secret_hash bytea not null unique,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  revoked_at timestamptz
);

create index login_link on login (link_id);

create table token (
  id uuid primary key,
  organisation_id uuid not null references organisation (id),
  name text not null,
  roles text[] not null,
  rights text[] not null,
  secret_hash bytea not null unique,
  created_at timestamptz not null,
  revoked_at timestamptz
);

-- The answers to requests that carried an Idempotency-Key, for a day; no status while one is being answered.
create table answer (
  organisation_id uuid not null,
  key text not null,
  fingerprint bytea not null,
  begun_at timestamptz not null,
  status integer,
  content_type text,
  body bytea,
  primary key (organisation_id, key)
);

create index answer_age on answer (begun_at);
