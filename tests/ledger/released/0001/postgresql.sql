-- Written by Piquet when 0001 was its newest ledger; never changed.
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE outlets (
    outlet VARCHAR(200) NOT NULL,
    turn BIGINT NOT NULL,
    PRIMARY KEY (outlet)
);
CREATE TABLE feeds (
    outlet VARCHAR(200) NOT NULL,
    url TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    body_sha256 VARCHAR(64),
    ok_at TIMESTAMP WITH TIME ZONE,
    failing_since TIMESTAMP WITH TIME ZONE,
    failures INTEGER NOT NULL,
    last_error TEXT,
    not_before TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (outlet, url)
);
CREATE TABLE entries (
    id BIGSERIAL NOT NULL,
    outlet VARCHAR(200) NOT NULL,
    feed TEXT NOT NULL,
    guid TEXT NOT NULL,
    link TEXT NOT NULL,
    entry JSON NOT NULL,
    disposition VARCHAR(20) NOT NULL,
    wait_until TIMESTAMP WITH TIME ZONE,
    first_seen TIMESTAMP WITH TIME ZONE NOT NULL,
    sort_at TIMESTAMP WITH TIME ZONE NOT NULL,
    corrected_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
);
CREATE INDEX ix_entries_outlet_disposition_wait_until ON entries (outlet, disposition, wait_until);
CREATE TABLE entry_keys (
    outlet VARCHAR(200) NOT NULL,
    key VARCHAR(64) NOT NULL,
    entry_id BIGINT NOT NULL,
    PRIMARY KEY (outlet, key, entry_id),
    CONSTRAINT fk_entry_keys_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id)
);
CREATE INDEX ix_entry_keys_entry_id ON entry_keys (entry_id);
CREATE TABLE deliveries (
    id BIGSERIAL NOT NULL,
    entry_id BIGINT,
    outlet VARCHAR(200) NOT NULL,
    account VARCHAR(200) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    rank SMALLINT NOT NULL,
    sort_at TIMESTAMP WITH TIME ZONE NOT NULL,
    key VARCHAR(200) NOT NULL,
    state VARCHAR(20) NOT NULL,
    frozen BOOLEAN NOT NULL,
    payload JSON,
    decision JSON NOT NULL,
    reason TEXT NOT NULL,
    not_before TIMESTAMP WITH TIME ZONE,
    attempts INTEGER NOT NULL,
    lease_owner VARCHAR(200),
    lease_until TIMESTAMP WITH TIME ZONE,
    first_attempt_at TIMESTAMP WITH TIME ZONE,
    attempted_at TIMESTAMP WITH TIME ZONE,
    sent_at TIMESTAMP WITH TIME ZONE,
    receipt_id TEXT,
    receipt_url TEXT,
    error_class VARCHAR(200),
    error TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT fk_deliveries_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id),
    CONSTRAINT uq_deliveries_entry_id_account UNIQUE (entry_id, account),
    CONSTRAINT uq_deliveries_key UNIQUE (key)
);
CREATE INDEX ix_deliveries_account_sent_at ON deliveries (account, sent_at);
CREATE INDEX ix_deliveries_claim ON deliveries (outlet, account, state, rank, sort_at, id);
CREATE INDEX ix_deliveries_outlet_updated_at ON deliveries (outlet, updated_at, id);
CREATE TABLE moves (
    id BIGSERIAL NOT NULL,
    delivery_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    "from" VARCHAR(20),
    "to" VARCHAR(20) NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT fk_moves_delivery_id FOREIGN KEY(delivery_id) REFERENCES deliveries (id)
);
CREATE INDEX ix_moves_delivery_id ON moves (delivery_id, id);
CREATE TABLE strike_states (
    id BIGSERIAL NOT NULL,
    outlet VARCHAR(200) NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    digest VARCHAR(64) NOT NULL,
    state JSON NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_strike_states_outlet ON strike_states (outlet, id);
CREATE TABLE accounts (
    account VARCHAR(200) NOT NULL,
    paused_until TIMESTAMP WITH TIME ZONE,
    pause_reason TEXT,
    not_before TIMESTAMP WITH TIME ZONE,
    limits JSON,
    limits_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (account)
);
CREATE TABLE cycles (
    id BIGSERIAL NOT NULL,
    outlet VARCHAR(200) NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    summary JSON,
    PRIMARY KEY (id)
);
CREATE INDEX ix_cycles_outlet ON cycles (outlet, id);
