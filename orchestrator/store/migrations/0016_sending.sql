-- Why a room's picture does not come to the source that it is to be sent into; null where all is well.
alter table room_state add column sending text;
