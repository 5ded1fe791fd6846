-- Who and what there is in each municipality. Events name these by id, so that they can be corrected or erased.

create table organisation (
  id uuid primary key,
  name text not null,
  slug text not null constraint organisation_slug unique,
  language text not null,
  colour text not null,
  logo_url text not null,
  welcome text not null,
  keep_unpublished boolean not null
);

create table organisation_host (
  host text constraint organisation_hosts primary key,
  organisation_id uuid not null references organisation (id) on delete cascade
);

create table body (
  id uuid primary key,
  organisation_id uuid not null references organisation (id),
  name text not null,
  slug text not null,
  recording_public text not null,
  language text not null,
  constraint body_slug unique (organisation_id, slug)
);

create table person (
  id uuid primary key,
  organisation_id uuid not null references organisation (id),
  name text not null,
  group_name text not null,
  group_short text not null,
  title text not null,
  email text not null default '',
  phone text not null default ''
);

create index person_organisation on person (organisation_id);

-- passphrase and url are encrypted: a url may hold a password too.
create table source (
  id uuid primary key,
  organisation_id uuid not null references organisation (id),
  name text not null,
  slug text not null,
  kind text not null,
  port integer constraint source_port unique,
  passphrase text,
  url text,
  delay_ms integer not null,
  spread_ms integer not null,
  constraint source_slug unique (organisation_id, slug)
);
