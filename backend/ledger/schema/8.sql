-- Volumes are promised from the same disk as instances, and outlive them. Who has one is what the plans of instances say.
CREATE TABLE volumes (
	name       TEXT    PRIMARY KEY,
	owner      TEXT    NOT NULL,
	size       INTEGER NOT NULL CHECK (size > 0), -- the lease of disk
	shared     INTEGER NOT NULL,                  -- others than its owner may read it
	made       INTEGER NOT NULL,                  -- the engine has it
	removing   INTEGER NOT NULL,                  -- it is to go, and is never used again
	created_at INTEGER NOT NULL,
	last_user  TEXT    NOT NULL,
	last_used  INTEGER NOT NULL
) WITHOUT ROWID;
