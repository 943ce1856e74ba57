-- Each order on an instance raises its wish, and whoever writes about it names the wish that was seen. A start under
-- way is written down before it is made; a ledger of before knows no start for sure, so each counts as under way.
ALTER TABLE instances ADD COLUMN wish INTEGER NOT NULL DEFAULT 1;
ALTER TABLE instances ADD COLUMN starting INTEGER NOT NULL DEFAULT 1;
-- Instances that were removed: a container that comes to light later is never taken in again.
CREATE TABLE removed (
	id INTEGER PRIMARY KEY,
	at INTEGER NOT NULL
);
-- Each keeper has a term of its own: one that was replaced while it slept writes nothing more.
CREATE TABLE terms (
	only INTEGER PRIMARY KEY CHECK (only = 1),
	term INTEGER NOT NULL
);
INSERT INTO terms VALUES (1, 0);
