-- Why: who did what to whose data, when and from where, so that nobody can change it unseen. One chain of
-- hashes per person (a chain over everybody would make every write wait for one row), the head of each chain,
-- and checkpoints: a keyed seal over the heads, so that the loss of a whole chain is found too.

CREATE TABLE audit_events (
    -- Whose data it is about, and the entry's place in that person's chain, counted from 1.
    subject     uuid        NOT NULL,
    place       bigint      NOT NULL CHECK (place > 0),
    id          uuid        NOT NULL,
    actor       text        NOT NULL CHECK (actor ~ '^[a-z]+(:[0-9a-f-]{36})?$'),
    action      text        NOT NULL CHECK (action ~ '^[a-z_]{1,64}$'),
    at          timestamptz NOT NULL,
    ip          text        CHECK (length(ip) <= 45),
    request_id  text        CHECK (length(request_id) <= 128),
    -- Flat, of texts: ids and words of closed sets, never personal data.
    detail      jsonb       NOT NULL,
    previous    bytea       NOT NULL CHECK (length(previous) = 32),
    hash        bytea       NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (subject, place),
    UNIQUE (subject, id)
);

-- Where each chain ends. Written by audit_append alone.
CREATE TABLE audit_heads (
    subject     uuid        PRIMARY KEY,
    length      bigint      NOT NULL CHECK (length >= 0),
    hash        bytea       NOT NULL CHECK (length(hash) = 32)
) WITH (fillfactor = 70);

-- A seal over the chains that grew since the one before, keyed with a secret that is not in the database.
CREATE TABLE audit_checkpoints (
    number      bigint      PRIMARY KEY CHECK (number > 0),
    at          timestamptz NOT NULL,
    chains      bigint      NOT NULL CHECK (chains > 0),
    root        bytea       NOT NULL CHECK (length(root) = 32),
    key_version smallint    NOT NULL,
    seal        bytea       NOT NULL CHECK (length(seal) = 32)
);

CREATE TABLE audit_checkpoint_chains (
    subject     uuid        NOT NULL,
    length      bigint      NOT NULL CHECK (length > 0),
    hash        bytea       NOT NULL CHECK (length(hash) = 32),
    checkpoint  bigint      NOT NULL REFERENCES audit_checkpoints (number),
    PRIMARY KEY (subject, length)
);
CREATE INDEX audit_checkpoint_chains_by_checkpoint ON audit_checkpoint_chains (checkpoint, subject);

-- A field of an entry as it is hashed: its length in four bytes, then its bytes; a length of -1 if absent.
CREATE FUNCTION audit_field(p_text text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_text IS NULL THEN int4send(-1)
                ELSE int4send(octet_length(convert_to(p_text, 'UTF8'))) || convert_to(p_text, 'UTF8') END
$$;

-- The hash of an entry: SHA-256 over the hash before it and every field. The program computes the same in
-- the crate `audit`; a test compares the two.
CREATE FUNCTION audit_hash(
    p_previous bytea, p_place bigint, p_id uuid, p_actor text, p_action text, p_subject uuid,
    p_at timestamptz, p_ip text, p_request_id text, p_detail jsonb
) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT sha256(
        p_previous
        || audit_field(p_place::text) || audit_field(p_id::text) || audit_field(p_actor)
        || audit_field(p_action) || audit_field(p_subject::text)
        || audit_field((extract(epoch FROM p_at) * 1000000)::bigint::text)
        || audit_field(p_ip) || audit_field(p_request_id)
        || coalesce((SELECT string_agg(audit_field(key) || audit_field(value), ''::bytea ORDER BY key COLLATE "C")
                       FROM jsonb_each_text(p_detail)), ''::bytea)
    )
$$;

-- Appends an entry to its subject's chain, in the transaction of the fact it tells of; answers its place.
-- An entry already there (the same id, told again after a lost answer) is left as it is. Runs with the
-- owner's rights, so that the application can append and do nothing else.
CREATE FUNCTION audit_append(
    p_id uuid, p_actor text, p_action text, p_subject uuid,
    p_at timestamptz, p_ip text, p_request_id text, p_detail jsonb
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head       audit_heads%ROWTYPE;
    v_place    bigint;
    v_hash     bytea;
    v_request  text := left(p_request_id, 128);
    v_detail   jsonb := coalesce(p_detail, '{}'::jsonb);
BEGIN
    IF jsonb_typeof(v_detail) <> 'object'
       OR EXISTS (SELECT FROM jsonb_each(v_detail) WHERE jsonb_typeof(value) <> 'string') THEN
        RAISE EXCEPTION 'an audit detail is a flat object of texts' USING ERRCODE = 'check_violation';
    END IF;

    -- Holds the head until the end of the transaction, and makes it first if this is the first entry.
    SELECT * INTO head FROM audit_heads WHERE subject = p_subject FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO audit_heads (subject, length, hash) VALUES (p_subject, 0, decode(repeat('00', 32), 'hex'))
        ON CONFLICT (subject) DO NOTHING;
        SELECT * INTO STRICT head FROM audit_heads WHERE subject = p_subject FOR UPDATE;
    END IF;

    SELECT place INTO v_place FROM audit_events
     WHERE subject = p_subject AND id = p_id AND action = p_action AND at = p_at;
    IF FOUND THEN
        RETURN v_place;
    END IF;

    v_place := head.length + 1;
    v_hash := audit_hash(head.hash, v_place, p_id, p_actor, p_action, p_subject, p_at, p_ip, v_request, v_detail);
    INSERT INTO audit_events (subject, place, id, actor, action, at, ip, request_id, detail, previous, hash)
    VALUES (p_subject, v_place, p_id, p_actor, p_action, p_at, p_ip, v_request, v_detail, head.hash, v_hash);
    UPDATE audit_heads SET length = v_place, hash = v_hash WHERE subject = p_subject;
    RETURN v_place;
END
$$;

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION audit_head_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.subject <> OLD.subject OR NEW.length <> OLD.length + 1 THEN
        RAISE EXCEPTION 'the head of a chain only moves on by one entry' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER audit_events_keep BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_events_keep_all BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_heads_move_on BEFORE UPDATE ON audit_heads
    FOR EACH ROW EXECUTE FUNCTION audit_head_moves_on();
CREATE TRIGGER audit_heads_keep BEFORE DELETE ON audit_heads
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_heads_keep_all BEFORE TRUNCATE ON audit_heads
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_checkpoints_keep BEFORE UPDATE OR DELETE ON audit_checkpoints
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_checkpoints_keep_all BEFORE TRUNCATE ON audit_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_checkpoint_chains_keep BEFORE UPDATE OR DELETE ON audit_checkpoint_chains
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_checkpoint_chains_keep_all BEFORE TRUNCATE ON audit_checkpoint_chains
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

REVOKE ALL ON FUNCTION audit_append(uuid, text, text, uuid, timestamptz, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append(uuid, text, text, uuid, timestamptz, text, text, jsonb) TO aarokya_app;
GRANT SELECT ON audit_events, audit_heads, audit_checkpoints, audit_checkpoint_chains TO aarokya_app;
GRANT INSERT ON audit_checkpoints, audit_checkpoint_chains TO aarokya_app;
