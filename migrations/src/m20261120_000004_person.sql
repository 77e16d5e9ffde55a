-- Why: what people tell about themselves, sealed column by column under a key of their own row; what they agreed
-- to, kept for ever; and the PIN that stands before money, with what it opened.

CREATE TABLE user_profiles (
    user_id         uuid        PRIMARY KEY REFERENCES users (id),
    -- Sealed with the row's key: AES-256-GCM, bound to table, column and row.
    first_name      bytea,
    last_name       bytea,
    email           bytea,
    dob             bytea,
    gender          bytea,
    address         bytea,
    occupation      bytea,
    employer        bytea,
    aadhaar_last4   bytea,
    kyc_status      text        NOT NULL DEFAULT 'PENDING' CHECK (kyc_status IN ('PENDING', 'VERIFIED', 'REJECTED')),
    -- The row's key, wrapped by the master key of that version. Erasing a person destroys it.
    row_key         bytea,
    row_key_version smallint,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CHECK (num_nulls(row_key, row_key_version) IN (0, 2))
);
GRANT SELECT, INSERT, UPDATE ON user_profiles TO aarokya_app;

-- Ids and closed words only. A consent is ended, never changed or removed: the grant allows no more.
CREATE TABLE consents (
    user_id         uuid        NOT NULL REFERENCES users (id),
    id              uuid        NOT NULL,
    purpose         text        NOT NULL CHECK (purpose ~ '^[a-z_]{1,40}$'),
    text_version    text        NOT NULL CHECK (length(text_version) BETWEEN 1 AND 40),
    language        text        NOT NULL CHECK (length(language) BETWEEN 2 AND 11),
    channel         text        NOT NULL CHECK (channel ~ '^[a-z_]{1,40}$'),
    given_at        timestamptz NOT NULL,
    withdrawn_at    timestamptz,
    replaced_by     uuid,
    PRIMARY KEY (user_id, id),
    -- It ended in one way or not at all.
    CHECK (num_nonnulls(withdrawn_at, replaced_by) <= 1)
);
CREATE UNIQUE INDEX consents_live ON consents (user_id, purpose)
    WHERE withdrawn_at IS NULL AND replaced_by IS NULL;
GRANT SELECT, INSERT ON consents TO aarokya_app;
GRANT UPDATE (withdrawn_at, replaced_by) ON consents TO aarokya_app;

CREATE TABLE pins (
    user_id         uuid        PRIMARY KEY REFERENCES users (id),
    -- Changes whenever the PIN does, so that what was decided about one is never done to another.
    pin_id          uuid        NOT NULL,
    hash            text        NOT NULL CHECK (hash LIKE '$argon2id$%'),
    -- Attempts since it was last right; the one that takes the last brings the lock.
    spent           smallint    NOT NULL DEFAULT 0 CHECK (spent >= 0),
    locked_until    timestamptz,
    set_at          timestamptz NOT NULL
) WITH (fillfactor = 80);
GRANT SELECT, INSERT, UPDATE ON pins TO aarokya_app;

CREATE TABLE step_up_grants (
    user_id         uuid        NOT NULL REFERENCES users (id),
    session_id      uuid        NOT NULL,
    granted_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL CHECK (expires_at > granted_at),
    PRIMARY KEY (user_id, session_id)
);
CREATE INDEX step_up_grants_by_end ON step_up_grants (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON step_up_grants TO aarokya_app;
