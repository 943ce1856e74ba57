-- What the keeper had the engine do for an event: a line in words says what, these say how, to whoever looks for a fault.
ALTER TABLE events ADD COLUMN calls_json TEXT NOT NULL DEFAULT '';
