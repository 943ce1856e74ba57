-- Ports inside where a web server is expected and doesn't answer, and why: a JSON object, empty for none.
ALTER TABLE instances ADD COLUMN silent_json TEXT NOT NULL DEFAULT '';
