-- Why: the role the gateway works as, its access to the job queue, the inbox of partners' webhooks, and the
-- answers kept for repeated requests.

-- Roles belong to the whole server, so another database's migration may have made it, or be making it now.
DO $$
BEGIN
    CREATE ROLE aarokya_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

DO $$
BEGIN
    EXECUTE format('GRANT aarokya_app TO %I', current_user);
EXCEPTION WHEN OTHERS THEN
    -- Concurrent grants of the same membership collide on the catalogue's row; one of them is enough.
    IF NOT pg_has_role(current_user, 'aarokya_app', 'MEMBER') THEN
        RAISE;
    END IF;
END
$$;

GRANT USAGE ON SCHEMA public, graphile_worker TO aarokya_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA graphile_worker TO aarokya_app;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA graphile_worker TO aarokya_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA graphile_worker TO aarokya_app;
GRANT SELECT ON TABLE seaql_migrations TO aarokya_app;

-- The queue's tables hide their rows from everybody but their owner unless a policy says otherwise.
DO $$
DECLARE
    guarded text;
BEGIN
    FOR guarded IN
        SELECT c.oid::regclass::text FROM pg_class c
         WHERE c.relnamespace = 'graphile_worker'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity
    LOOP
        EXECUTE format('CREATE POLICY aarokya_app ON %s TO aarokya_app USING (true) WITH CHECK (true)', guarded);
    END LOOP;
END
$$;

-- Answers to requests with an Idempotency-Key, so that a retry is answered and not done again.
CREATE TABLE idempotency_keys (
    caller       text        NOT NULL,
    route        text        NOT NULL,
    key          text        NOT NULL CHECK (length(key) BETWEEN 1 AND 64),
    fingerprint  bytea       NOT NULL CHECK (length(fingerprint) = 32),
    status       smallint,
    -- Sealed: answers hold personal data.
    body         bytea,
    row_key      bytea,
    row_key_version smallint,
    taken_until  timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (caller, route, key),
    -- An answer is there whole or not at all.
    CHECK (num_nulls(status, body, row_key, row_key_version) IN (0, 4))
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO aarokya_app;

-- What partners told us, as they told it: stored and answered at once, worked on by a job.
CREATE TABLE inbox (
    id           uuid        PRIMARY KEY,
    partner      text        NOT NULL,
    event_id     text        NOT NULL CHECK (length(event_id) BETWEEN 1 AND 200),
    -- Sealed: partners repeat what they know of a person.
    body         bytea       NOT NULL,
    row_key      bytea       NOT NULL,
    row_key_version smallint NOT NULL,
    received_at  timestamptz NOT NULL,
    UNIQUE (partner, event_id)
);
CREATE INDEX inbox_by_age ON inbox (received_at);
GRANT SELECT, INSERT, DELETE ON inbox TO aarokya_app;
GRANT UPDATE (row_key, row_key_version) ON inbox TO aarokya_app;

-- How often something was done in the present window: limits that all instances share and a restart keeps.
CREATE TABLE rate_windows (
    name       text        NOT NULL CHECK (length(name) <= 200),
    ends_at    timestamptz NOT NULL,
    used       integer     NOT NULL CHECK (used > 0),
    PRIMARY KEY (name)
);
CREATE INDEX rate_windows_by_end ON rate_windows (ends_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_windows TO aarokya_app;
