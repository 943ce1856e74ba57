-- GPUs that somebody has reserved for a time.
CREATE TABLE reservations (
	id        INTEGER PRIMARY KEY AUTOINCREMENT,
	owner     TEXT    NOT NULL,
	gpus      INTEGER NOT NULL CHECK (gpus > 0),
	gpu_model TEXT    NOT NULL, -- as the driver names it
	from_at   INTEGER NOT NULL,
	to_at     INTEGER NOT NULL
);
