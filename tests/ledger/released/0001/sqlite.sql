-- Written by Piquet when 0001 was its newest ledger; never changed.
CREATE TABLE accounts (
	account VARCHAR(200) NOT NULL,
	paused_until DATETIME,
	pause_reason TEXT,
	not_before DATETIME,
	limits JSON,
	limits_at DATETIME,
	PRIMARY KEY (account)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE cycles (
	id INTEGER NOT NULL,
	outlet VARCHAR(200) NOT NULL,
	started_at DATETIME NOT NULL,
	ended_at DATETIME,
	summary JSON,
	PRIMARY KEY (id)
);
CREATE TABLE deliveries (
	id INTEGER NOT NULL,
	entry_id INTEGER,
	outlet VARCHAR(200) NOT NULL,
	account VARCHAR(200) NOT NULL,
	kind VARCHAR(20) NOT NULL,
	rank SMALLINT NOT NULL,
	sort_at DATETIME NOT NULL,
	"key" VARCHAR(200) NOT NULL,
	state VARCHAR(20) NOT NULL,
	frozen BOOLEAN NOT NULL,
	payload JSON,
	decision JSON NOT NULL,
	reason TEXT NOT NULL,
	not_before DATETIME,
	attempts INTEGER NOT NULL,
	lease_owner VARCHAR(200),
	lease_until DATETIME,
	first_attempt_at DATETIME,
	attempted_at DATETIME,
	sent_at DATETIME,
	receipt_id TEXT,
	receipt_url TEXT,
	error_class VARCHAR(200),
	error TEXT,
	created_at DATETIME NOT NULL,
	updated_at DATETIME NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT fk_deliveries_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id),
	CONSTRAINT uq_deliveries_entry_id_account UNIQUE (entry_id, account),
	CONSTRAINT uq_deliveries_key UNIQUE ("key")
);
CREATE TABLE entries (
	id INTEGER NOT NULL,
	outlet VARCHAR(200) NOT NULL,
	feed TEXT NOT NULL,
	guid TEXT NOT NULL,
	link TEXT NOT NULL,
	entry JSON NOT NULL,
	disposition VARCHAR(20) NOT NULL,
	wait_until DATETIME,
	first_seen DATETIME NOT NULL,
	sort_at DATETIME NOT NULL,
	corrected_at DATETIME,
	PRIMARY KEY (id)
);
CREATE TABLE entry_keys (
	outlet VARCHAR(200) NOT NULL,
	"key" VARCHAR(64) NOT NULL,
	entry_id INTEGER NOT NULL,
	PRIMARY KEY (outlet, "key", entry_id),
	CONSTRAINT fk_entry_keys_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id)
);
CREATE TABLE feeds (
	outlet VARCHAR(200) NOT NULL,
	url TEXT NOT NULL,
	etag TEXT,
	last_modified TEXT,
	body_sha256 VARCHAR(64),
	ok_at DATETIME,
	failing_since DATETIME,
	failures INTEGER NOT NULL,
	last_error TEXT,
	not_before DATETIME,
	PRIMARY KEY (outlet, url)
);
CREATE TABLE moves (
	id INTEGER NOT NULL,
	delivery_id INTEGER NOT NULL,
	at DATETIME NOT NULL,
	"from" VARCHAR(20),
	"to" VARCHAR(20) NOT NULL,
	why TEXT NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT fk_moves_delivery_id FOREIGN KEY(delivery_id) REFERENCES deliveries (id)
);
CREATE TABLE outlets (
	outlet VARCHAR(200) NOT NULL,
	turn BIGINT NOT NULL,
	PRIMARY KEY (outlet)
);
CREATE TABLE strike_states (
	id INTEGER NOT NULL,
	outlet VARCHAR(200) NOT NULL,
	seen_at DATETIME NOT NULL,
	digest VARCHAR(64) NOT NULL,
	state JSON NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX ix_entries_outlet_disposition_wait_until ON entries (outlet, disposition, wait_until);
CREATE INDEX ix_entry_keys_entry_id ON entry_keys (entry_id);
CREATE INDEX ix_deliveries_account_sent_at ON deliveries (account, sent_at);
CREATE INDEX ix_deliveries_claim ON deliveries (outlet, account, state, rank, sort_at, id);
CREATE INDEX ix_deliveries_outlet_updated_at ON deliveries (outlet, updated_at, id);
CREATE INDEX ix_moves_delivery_id ON moves (delivery_id, id);
CREATE INDEX ix_strike_states_outlet ON strike_states (outlet, id);
CREATE INDEX ix_cycles_outlet ON cycles (outlet, id);
