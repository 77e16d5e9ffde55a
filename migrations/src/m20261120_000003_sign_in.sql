-- Why: people by their phone number, the codes they sign in with, the budgets that ration those codes, the
-- devices that have signed in, and sessions.
--
-- Numbers are found by a keyed hash whose key is not in the database; what must be read again is sealed under
-- a key of its row. What several callers decide at once is decided in one function each, under row locks taken
-- in one order: challenge, budgets (by meter and holder), person, sessions (by id), audit. The rules are the
-- domain's (`identity`), whose contract suites hold these functions to them.

CREATE TABLE users (
    id              uuid        PRIMARY KEY,
    phone_hash      bytea       UNIQUE CHECK (length(phone_hash) = 32),
    phone           bytea,
    row_key         bytea,
    row_key_version smallint,
    roles           text[]      NOT NULL DEFAULT '{PATIENT}'
                    CHECK ('PATIENT' = ANY (roles) AND roles <@ ARRAY['PATIENT', 'PRACTITIONER', 'ADMIN']),
    created_at      timestamptz NOT NULL,
    deactivated_at  timestamptz,
    -- Only who closed their account may be without a number: erasure takes it, and the row's key with it.
    CHECK (deactivated_at IS NOT NULL OR (phone_hash IS NOT NULL AND phone IS NOT NULL)),
    CHECK ((row_key IS NULL) = (row_key_version IS NULL)),
    CHECK (row_key IS NOT NULL OR phone IS NULL)
);
GRANT SELECT, INSERT, UPDATE ON users TO aarokya_app;

-- The newest challenge of a number and way in: asking again replaces it, so the table never grows with use.
CREATE TABLE otp_challenges (
    phone_hash                bytea       NOT NULL CHECK (length(phone_hash) = 32),
    surface                   text        NOT NULL CHECK (surface IN ('app', 'patient')),
    id                        uuid        NOT NULL,
    -- Argon2id with a pepper that is not in the database; see `identity::otp`.
    code                      text        NOT NULL CHECK (code LIKE '$argon2id$%'),
    created_at                timestamptz NOT NULL,
    expires_at                timestamptz NOT NULL,
    attempts_by_strangers     smallint    NOT NULL DEFAULT 0 CHECK (attempts_by_strangers >= 0),
    attempts_by_known_devices smallint    NOT NULL DEFAULT 0 CHECK (attempts_by_known_devices >= 0),
    used_at                   timestamptz,
    PRIMARY KEY (phone_hash, surface)
) WITH (fillfactor = 70);
CREATE INDEX otp_challenges_by_expiry ON otp_challenges (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON otp_challenges TO aarokya_app;

-- Counters of codes sent and tried. The holder is a keyed hash of a number, a device, a network or a series.
CREATE TABLE otp_budgets (
    meter    text        NOT NULL CHECK (meter ~ '^[a-z_]{1,40}$'),
    holder   bytea       NOT NULL CHECK (length(holder) = 32),
    since    timestamptz NOT NULL,
    ends_at  timestamptz NOT NULL,
    spent    bigint      NOT NULL CHECK (spent >= 0),
    verified bigint      NOT NULL CHECK (verified >= 0),
    PRIMARY KEY (meter, holder)
) WITH (fillfactor = 70);
CREATE INDEX otp_budgets_by_end ON otp_budgets (ends_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON otp_budgets TO aarokya_app;

-- Devices that have signed in with a number, each under a keyed hash of number and device.
CREATE TABLE known_devices (
    phone_hash    bytea       NOT NULL CHECK (length(phone_hash) = 32),
    device_key    bytea       NOT NULL CHECK (length(device_key) = 32),
    first_seen_at timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    PRIMARY KEY (phone_hash, device_key)
);
CREATE INDEX known_devices_by_age ON known_devices (last_seen_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON known_devices TO aarokya_app;

-- One row from sign-in to end, however often it is refreshed. No column that refreshing changes is indexed, so
-- a refresh writes one new version of the row in place and touches no index.
CREATE TABLE sessions (
    id              uuid        PRIMARY KEY,
    user_id         uuid        NOT NULL REFERENCES users (id),
    device          bytea,
    row_key         bytea,
    row_key_version smallint,
    -- SHA-256 of what the session's refresh tokens share, of the newest, and of the one that was spent for it.
    family          bytea       NOT NULL CHECK (length(family) = 32),
    newest          bytea       NOT NULL CHECK (length(newest) = 32),
    predecessor     bytea       CHECK (length(predecessor) = 32),
    -- The pair the predecessor was spent for, sealed under the predecessor itself: nobody here can read it.
    sealed          bytea,
    retry_until     timestamptz,
    created_at      timestamptz NOT NULL,
    last_used_at    timestamptz NOT NULL,
    idle_ends_at    timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    ended_at        timestamptz,
    end_reason      text        CHECK (end_reason IN ('logged_out', 'revoked', 'reused', 'crowded')),
    CHECK ((predecessor IS NULL) = (sealed IS NULL) AND (sealed IS NULL) = (retry_until IS NULL)),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CHECK ((row_key IS NULL) = (row_key_version IS NULL)),
    CHECK (row_key IS NOT NULL OR device IS NULL)
) WITH (fillfactor = 50);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO aarokya_app;

-- Keeps an audit entry that was prepared before its subject was known.
CREATE FUNCTION sign_in_audit(p_entry jsonb, p_subject uuid, p_actor text, p_action text) RETURNS void
LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
    SELECT audit_append(
        (p_entry->>'id')::uuid, p_actor, p_action, p_subject, (p_entry->>'at')::timestamptz,
        p_entry->>'ip', p_entry->>'request_id', p_entry->'detail'
    )
$$;

-- The counters that a list of charges meets, each as it stands at an instant: an empty one if its window has
-- closed. A charge is {meter, holder (hex), cost, at_most, window_us, unverified_free?, verified_percent_min?}.
CREATE FUNCTION otp_counters(p_charges jsonb, p_at timestamptz)
RETURNS TABLE (
    place bigint, meter text, holder bytea, cost bigint, at_most bigint, lasts interval,
    since timestamptz, spent bigint, verified bigint, fits boolean
)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT c.place, c.meter, c.holder, c.cost, c.at_most, c.lasts, n.since, n.spent, n.verified,
           -- Looking (a cost of 0) asks whether one more would be allowed.
           n.spent + greatest(c.cost, 1) <= c.at_most
           AND (c.free IS NULL OR n.spent - n.verified < c.free OR n.verified * 100 >= n.spent * c.percent)
      FROM (
          SELECT e.ordinality AS place, e.value->>'meter' AS meter, decode(e.value->>'holder', 'hex') AS holder,
                 (e.value->>'cost')::bigint AS cost, (e.value->>'at_most')::bigint AS at_most,
                 (e.value->>'window_us')::bigint * interval '1 microsecond' AS lasts,
                 (e.value->>'unverified_free')::bigint AS free,
                 (e.value->>'verified_percent_min')::bigint AS percent
            FROM jsonb_array_elements(p_charges) WITH ORDINALITY e
      ) c
      LEFT JOIN otp_budgets b
        ON b.meter = c.meter AND b.holder = c.holder AND p_at < b.ends_at AND p_at < b.since + c.lasts
     CROSS JOIN LATERAL (
          SELECT coalesce(b.since, p_at) AS since, coalesce(b.spent, 0) AS spent, coalesce(b.verified, 0) AS verified
     ) n
$$;

-- Locks the counters of a list of {meter, holder}, always in the same order, so that two callers never wait for
-- each other.
CREATE FUNCTION otp_lock(p_counters jsonb) RETURNS void
LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
    SELECT FROM otp_budgets b
      JOIN jsonb_array_elements(p_counters) c ON b.meter = c->>'meter' AND b.holder = decode(c->>'holder', 'hex')
     ORDER BY b.meter, b.holder
       FOR UPDATE OF b
$$;

-- Spends every charge, or none if one is not allowed: then that one comes back alone, not granted.
CREATE FUNCTION otp_spend(p_charges jsonb, p_at timestamptz)
RETURNS TABLE (
    place bigint, granted boolean, since timestamptz, ends_at timestamptz, spent bigint, verified bigint,
    at_most bigint
)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_costly jsonb := (SELECT coalesce(jsonb_agg(c), '[]') FROM jsonb_array_elements(p_charges) c
                        WHERE (c->>'cost')::bigint > 0);
BEGIN
    -- Every counter is there and locked before any is read. A new one's window is closed from the start.
    INSERT INTO otp_budgets (meter, holder, since, ends_at, spent, verified)
    SELECT c->>'meter', decode(c->>'holder', 'hex'), p_at, p_at, 0, 0 FROM jsonb_array_elements(v_costly) c
     ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    PERFORM otp_lock(v_costly);

    RETURN QUERY SELECT c.place, false, c.since, c.since + c.lasts, c.spent, c.verified, c.at_most
      FROM otp_counters(p_charges, p_at) c WHERE NOT c.fits ORDER BY c.place LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;

    RETURN QUERY
    WITH counters AS MATERIALIZED (SELECT * FROM otp_counters(p_charges, p_at)),
         spending AS (
             UPDATE otp_budgets b
                SET since = c.since, ends_at = c.since + c.lasts, spent = c.spent + c.cost, verified = c.verified
               FROM counters c
              WHERE b.meter = c.meter AND b.holder = c.holder AND c.cost > 0
         )
    SELECT c.place, true, c.since, c.since + c.lasts, c.spent + c.cost, c.verified, c.at_most
      FROM counters c ORDER BY c.place;
END
$$;

-- Gives back what otp_spend took, as far as windows are still open.
CREATE FUNCTION otp_give_back(p_charges jsonb, p_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM otp_lock(p_charges);
    UPDATE otp_budgets b SET spent = greatest(b.spent - (c->>'cost')::bigint, 0)
      FROM jsonb_array_elements(p_charges) c
     WHERE b.meter = c->>'meter' AND b.holder = decode(c->>'holder', 'hex') AND p_at < b.ends_at;
END
$$;

-- What a right code does to counters: a list of {meter, holder (hex), effect}.
CREATE FUNCTION otp_settle(p_settlements jsonb, p_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM otp_lock(p_settlements);
    UPDATE otp_budgets b
       SET spent = CASE c->>'effect' WHEN 'give_back' THEN greatest(b.spent - 1, 0)
                                     WHEN 'forget' THEN 0 ELSE b.spent END,
           verified = CASE c->>'effect' WHEN 'verified' THEN least(b.verified + 1, b.spent) ELSE b.verified END,
           ends_at = CASE c->>'effect' WHEN 'forget' THEN p_at ELSE b.ends_at END
      FROM jsonb_array_elements(p_settlements) c
     WHERE b.meter = c->>'meter' AND b.holder = decode(c->>'holder', 'hex') AND p_at < b.ends_at;
END
$$;

-- Spends one attempt and one of each guess budget of the caller's lane, and only then shows the kept code. The
-- row of the challenge is locked first, so however many look at once, no more see it than may.
CREATE FUNCTION otp_spend_attempt(p jsonb)
RETURNS TABLE (
    outcome text, challenge_id uuid, code text, attempts_left smallint, known boolean, until timestamptz
)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_at        timestamptz := p->>'at';
    v_phone     bytea := decode(p->>'phone_hash', 'hex');
    v_known     boolean := EXISTS (SELECT FROM known_devices
                                    WHERE phone_hash = v_phone AND device_key = decode(p->>'device', 'hex'));
    v_charges   jsonb := CASE WHEN v_known THEN p->'known_device' ELSE p->'stranger' END;
    v_challenge otp_challenges%ROWTYPE;
    v_left      integer;
    v_until     timestamptz;
    v_last      boolean;
    v_person    uuid;
BEGIN
    SELECT * INTO v_challenge FROM otp_challenges
     WHERE phone_hash = v_phone AND surface = p->>'surface' FOR UPDATE;
    v_left := (p->>'attempts_max')::integer
              - CASE WHEN v_known THEN v_challenge.attempts_by_known_devices ELSE v_challenge.attempts_by_strangers END;
    outcome := CASE
        WHEN v_challenge.id IS NULL OR v_challenge.id <> (p->>'challenge_id')::uuid THEN 'missing'
        WHEN v_at >= v_challenge.expires_at THEN 'expired'
        WHEN v_challenge.used_at IS NOT NULL THEN 'used'
        WHEN v_left <= 0 THEN 'exhausted'
    END;
    IF outcome IS NULL THEN
        SELECT min(s.ends_at) FILTER (WHERE NOT s.granted), bool_or(s.granted AND s.spent >= s.at_most)
          INTO v_until, v_last FROM otp_spend(v_charges, v_at) s;
        IF v_until IS NOT NULL THEN
            outcome := 'over_budget';
            until := v_until;
        END IF;
    END IF;
    IF outcome IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;

    UPDATE otp_challenges
       SET attempts_by_strangers = attempts_by_strangers + CASE WHEN v_known THEN 0 ELSE 1 END,
           attempts_by_known_devices = attempts_by_known_devices + CASE WHEN v_known THEN 1 ELSE 0 END
     WHERE phone_hash = v_phone AND surface = p->>'surface';
    IF v_last THEN
        SELECT id INTO v_person FROM users WHERE phone_hash = v_phone;
        IF FOUND THEN
            PERFORM sign_in_audit(p->'last_guess', v_person, p->'last_guess'->>'actor', p->'last_guess'->>'action');
        END IF;
    END IF;
    outcome := 'granted';
    challenge_id := v_challenge.id;
    code := v_challenge.code;
    attempts_left := v_left - 1;
    known := v_known;
    RETURN NEXT;
END
$$;

-- Uses up an open challenge and settles the budgets; false if somebody was first or a newer one took its place.
CREATE FUNCTION otp_use_challenge(p jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE otp_challenges SET used_at = (p->>'at')::timestamptz
     WHERE phone_hash = decode(p->>'phone_hash', 'hex') AND surface = p->>'surface'
       AND id = (p->>'challenge_id')::uuid AND used_at IS NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM otp_settle(p->'settlements', (p->>'at')::timestamptz);
    RETURN true;
END
$$;

-- A right code signs in: uses up the challenge, finds or creates the person, ends the oldest sessions above the
-- limit, opens the new one, remembers the device, keeps the audit entries, queues the news.
CREATE FUNCTION sign_in_record(p jsonb)
RETURNS TABLE (outcome text, user_id uuid, roles text, is_new boolean, new_device boolean, crowded text)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_at      timestamptz := p->'challenge'->>'at';
    v_phone   bytea := decode(p->'challenge'->>'phone_hash', 'hex');
    v_session jsonb := p->'session';
    v_person  users%ROWTYPE;
    v_ended   uuid[];
BEGIN
    IF NOT otp_use_challenge(p->'challenge') THEN
        outcome := 'used';
        RETURN NEXT;
        RETURN;
    END IF;

    INSERT INTO users (id, phone_hash, phone, row_key, row_key_version, created_at)
    VALUES ((p->'person'->>'id')::uuid, v_phone, decode(p->'person'->>'phone', 'hex'),
            decode(p->'person'->>'row_key', 'hex'), (p->'person'->>'row_key_version')::smallint, v_at)
    ON CONFLICT (phone_hash) DO NOTHING
    RETURNING * INTO v_person;
    is_new := FOUND;
    IF NOT is_new THEN
        -- Held to the end, so that two sign-ins of one person count their sessions one after the other.
        SELECT * INTO STRICT v_person FROM users WHERE phone_hash = v_phone FOR NO KEY UPDATE;
    END IF;
    IF v_person.deactivated_at IS NOT NULL THEN
        outcome := 'deactivated';
        RETURN NEXT;
        RETURN;
    END IF;

    WITH oldest AS (
        SELECT id FROM sessions s
         WHERE s.user_id = v_person.id AND ended_at IS NULL AND idle_ends_at > v_at AND expires_at > v_at
         ORDER BY created_at DESC, id DESC OFFSET (p->>'live_max')::integer - 1
    ), locked AS (
        SELECT s.id FROM sessions s JOIN oldest USING (id) ORDER BY s.id FOR UPDATE OF s
    ), ended AS (
        UPDATE sessions s SET ended_at = v_at, end_reason = 'crowded' FROM locked
         WHERE s.id = locked.id AND s.ended_at IS NULL RETURNING s.id, pg_notify('session_revoked', s.id::text)
    )
    SELECT array_agg(id ORDER BY id) INTO v_ended FROM ended;

    INSERT INTO sessions (id, user_id, device, row_key, row_key_version, family, newest,
                          created_at, last_used_at, idle_ends_at, expires_at)
    VALUES ((v_session->>'id')::uuid, v_person.id, decode(v_session->>'device', 'hex'),
            decode(v_session->>'row_key', 'hex'), (v_session->>'row_key_version')::smallint,
            decode(v_session->>'family', 'hex'), decode(v_session->>'token', 'hex'),
            v_at, v_at, (v_session->>'idle_ends_at')::timestamptz, (v_session->>'expires_at')::timestamptz);

    new_device := true;
    IF p->>'device' IS NOT NULL THEN
        INSERT INTO known_devices AS d (phone_hash, device_key, first_seen_at, last_seen_at)
        VALUES (v_phone, decode(p->>'device', 'hex'), v_at, v_at)
        ON CONFLICT (phone_hash, device_key) DO UPDATE SET last_seen_at = greatest(d.last_seen_at, v_at)
        RETURNING xmax = 0 INTO new_device;
    END IF;

    PERFORM sign_in_audit(p->'audit', v_person.id, 'person:' || v_person.id,
                          CASE WHEN is_new THEN p->'audit'->>'action' ELSE p->>'known_action' END);
    IF v_ended IS NOT NULL THEN
        PERFORM sign_in_audit(p->'crowded', v_person.id, 'person:' || v_person.id, p->'crowded'->>'action');
    END IF;
    IF is_new THEN
        PERFORM graphile_worker.add_job('news', (p->'sign_up_news')::json);
    END IF;
    PERFORM graphile_worker.add_job('news', jsonb_set(jsonb_set(p->'sign_in_news',
        '{news,event,user_id}', to_jsonb(v_person.id::text)),
        '{news,event,new_device}', to_jsonb(new_device))::json);

    outcome := 'signed_in';
    user_id := v_person.id;
    roles := array_to_string(v_person.roles, ',');
    crowded := array_to_string(v_ended, ',');
    RETURN NEXT;
END
$$;

-- A refresh token is presented. The newest is spent by one UPDATE; only if that finds nothing is it looked at
-- why: a retry of the one before, a reused one (which ends the session), or none of this session's.
CREATE FUNCTION session_rotate(
    p_id uuid, p_user_id uuid, p_expires_at timestamptz, p_roles text, p_family bytea, p_presented bytea,
    p_successor bytea, p_sealed bytea, p_retry_until timestamptz, p_idle_ends_at timestamptz, p_at timestamptz,
    p_reuse_audit jsonb, p_reuse_news jsonb
)
RETURNS TABLE (outcome text, sealed bytea, roles text)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_roles   text[] := string_to_array(p_roles, ',');
    v_session sessions%ROWTYPE;
    v_person  users%ROWTYPE;
BEGIN
    UPDATE sessions s
       SET newest = p_successor, predecessor = p_presented, sealed = p_sealed, retry_until = p_retry_until,
           last_used_at = p_at, idle_ends_at = p_idle_ends_at
      FROM users u
     WHERE s.id = p_id AND s.newest = p_presented AND s.family = p_family AND s.user_id = p_user_id
       AND s.expires_at = p_expires_at AND s.expires_at > p_at AND s.idle_ends_at > p_at AND s.ended_at IS NULL
       AND u.id = s.user_id AND u.deactivated_at IS NULL AND u.roles @> v_roles AND u.roles <@ v_roles;
    IF FOUND THEN
        outcome := 'spent';
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT * INTO v_session FROM sessions s
     WHERE s.id = p_id AND s.user_id = p_user_id AND s.expires_at = p_expires_at AND s.family = p_family
       FOR UPDATE;
    SELECT * INTO v_person FROM users WHERE id = v_session.user_id;
    outcome := CASE
        WHEN v_session.id IS NULL THEN 'foreign'
        WHEN v_session.ended_at IS NOT NULL OR p_at >= v_session.idle_ends_at OR p_at >= v_session.expires_at
            THEN 'over'
        WHEN v_person.deactivated_at IS NOT NULL THEN 'deactivated'
        WHEN v_session.newest = p_presented THEN 'other_roles'
        WHEN v_session.predecessor = p_presented AND p_at < v_session.retry_until THEN 'retry'
        ELSE 'reused'
    END;
    sealed := CASE WHEN outcome = 'retry' THEN v_session.sealed END;
    roles := array_to_string(v_person.roles, ',');
    IF outcome = 'reused' THEN
        UPDATE sessions SET ended_at = p_at, end_reason = 'reused' WHERE id = p_id;
        PERFORM pg_notify('session_revoked', p_id::text);
        PERFORM sign_in_audit(p_reuse_audit, p_user_id, p_reuse_audit->>'actor', p_reuse_audit->>'action');
        PERFORM graphile_worker.add_job('news', p_reuse_news::json);
    END IF;
    RETURN NEXT;
END
$$;
