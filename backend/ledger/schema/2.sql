-- The keys of instances are in their plans: what is kept here is those of accounts.
CREATE TABLE account_api_keys (
	hash       BLOB    PRIMARY KEY CHECK (length(hash) = 32),
	owner      TEXT    NOT NULL,
	created_at INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO account_api_keys SELECT hash, owner, created_at FROM api_keys WHERE scope = 'account';
DROP TABLE api_keys;
CREATE INDEX account_api_keys_owner ON account_api_keys (owner);
