-- Times are nanoseconds since 1970, 0 for never. Sizes are bytes.

CREATE TABLE instances (
	id         INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice, not even after a destroy
	owner      TEXT    NOT NULL,
	label      TEXT    NOT NULL,
	intent     TEXT    NOT NULL,
	phase      TEXT    NOT NULL,
	message    TEXT    NOT NULL,
	container  TEXT    NOT NULL,
	exit_code  INTEGER,
	disk       INTEGER NOT NULL CHECK (disk >= 0), -- the lease of disk: what the sum of promises is made of
	asked_at   INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	started_at INTEGER NOT NULL,
	ended_at   INTEGER NOT NULL,
	order_json TEXT    NOT NULL,
	plan_json  TEXT    NOT NULL
);
INSERT INTO sqlite_sequence (name, seq) VALUES ('instances', 999); -- the first is C.1000

CREATE TABLE gpu_leases (
	gpu_uuid TEXT    PRIMARY KEY,
	instance INTEGER NOT NULL REFERENCES instances (id) ON DELETE CASCADE,
	position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX gpu_leases_instance ON gpu_leases (instance);

CREATE TABLE port_leases (
	protocol  TEXT    NOT NULL,
	host_port INTEGER NOT NULL CHECK (host_port BETWEEN 1 AND 65535),
	instance  INTEGER NOT NULL REFERENCES instances (id) ON DELETE CASCADE,
	PRIMARY KEY (protocol, host_port)
) WITHOUT ROWID;
CREATE INDEX port_leases_instance ON port_leases (instance);

-- Apart from instances, because it is written several times a second and they have long rows.
CREATE TABLE pulls (
	instance      INTEGER PRIMARY KEY REFERENCES instances (id) ON DELETE CASCADE,
	progress_json TEXT    NOT NULL
);

CREATE TABLE tenures (
	id        INTEGER PRIMARY KEY,
	gpu_uuid  TEXT    NOT NULL,
	gpu_model TEXT    NOT NULL,
	instance  INTEGER NOT NULL, -- outlives it, so no reference
	owner     TEXT    NOT NULL,
	label     TEXT    NOT NULL,
	from_at   INTEGER NOT NULL,
	to_at     INTEGER NOT NULL
);
CREATE UNIQUE INDEX tenures_open ON tenures (gpu_uuid) WHERE to_at = 0;
CREATE INDEX tenures_to ON tenures (to_at);

CREATE TABLE events (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	at       INTEGER NOT NULL,
	actor    TEXT    NOT NULL,
	instance INTEGER NOT NULL,
	verb     TEXT    NOT NULL,
	detail   TEXT    NOT NULL
);

CREATE TABLE account_vars (
	owner TEXT NOT NULL,
	name  TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (owner, name)
) WITHOUT ROWID;

CREATE TABLE account_keys (
	id    INTEGER PRIMARY KEY,
	owner TEXT NOT NULL,
	line  TEXT NOT NULL,
	UNIQUE (owner, line)
);

CREATE TABLE last_orders (
	owner      TEXT PRIMARY KEY,
	order_json TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE api_keys (
	hash       BLOB    PRIMARY KEY CHECK (length(hash) = 32),
	scope      TEXT    NOT NULL,
	owner      TEXT    NOT NULL,
	instance   INTEGER REFERENCES instances (id) ON DELETE CASCADE,
	created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX api_keys_owner ON api_keys (owner);
CREATE INDEX api_keys_instance ON api_keys (instance);

CREATE TABLE notes (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
) WITHOUT ROWID;
