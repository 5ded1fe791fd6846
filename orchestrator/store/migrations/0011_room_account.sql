-- How each municipality reaches a product that its rooms are in; the settings are encrypted JSON.
create table room_account (
  organisation_id uuid not null references organisation (id),
  provider text not null,
  settings text not null,
  primary key (organisation_id, provider)
);
