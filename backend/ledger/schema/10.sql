-- When GPUs that somebody held computed nothing, for ten minutes or longer. A spell that goes on is extended.
CREATE TABLE rests (
	gpu_uuid TEXT    NOT NULL,
	from_at  INTEGER NOT NULL,
	to_at    INTEGER NOT NULL,
	PRIMARY KEY (gpu_uuid, from_at)
) WITHOUT ROWID;

-- What the driver reported of GPUs (Xid events), with the instance that had the GPU then; 0: none.
CREATE TABLE gpu_events (
	gpu_uuid   TEXT    NOT NULL,
	at         INTEGER NOT NULL,
	xid        INTEGER NOT NULL,
	instance   INTEGER NOT NULL,
	cleared_at INTEGER NOT NULL, -- since when it doesn't keep the GPU from being given out any more; 0: it does
	cleared_by TEXT    NOT NULL,
	PRIMARY KEY (gpu_uuid, at, xid)
) WITHOUT ROWID;
