-- Why: a device is known by a token that nobody can guess, and has codes and budgets of its own, which strangers can
-- neither use up nor replace.

-- In the order in which a sign-in that is under way takes them, or the two would wait for each other.
LOCK TABLE users, sessions IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE known_devices IN ACCESS EXCLUSIVE MODE;

-- A number's own challenge is what strangers ask for; a known device's stands under its key. Keys are keyed hashes, of
-- other things under other secrets, so one never meets another.
COMMENT ON COLUMN otp_challenges.phone_hash IS
    'On whose account: the keyed hash of a number, for strangers, or the key of a device that is known for it.';
COMMENT ON COLUMN otp_challenges.attempts_by_known_devices IS
    'Of a version in which devices shared their number''s challenge; unused since.';

-- The session a device opened last: when it is signed out from afar, the device is a stranger again.
ALTER TABLE known_devices ADD COLUMN session_id uuid;

-- Spends one attempt and every charge, and only then shows the kept code. The row of the challenge is locked first, so
-- however many look at once, no more see it than may. `holder` says on whose account; a version before this one says
-- instead which device was named, and what it costs either lane.
CREATE OR REPLACE FUNCTION otp_spend_attempt(p jsonb)
RETURNS TABLE (
    outcome text, challenge_id uuid, code text, attempts_left smallint, known boolean, until timestamptz
)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_at        timestamptz := p->>'at';
    v_phone     bytea := decode(p->>'phone_hash', 'hex');
    v_holder    bytea := coalesce(decode(p->>'holder', 'hex'), v_phone);
    v_known     boolean := EXISTS (SELECT FROM known_devices
                                    WHERE phone_hash = v_phone AND device_key = decode(p->>'device', 'hex'));
    v_charges   jsonb := coalesce(p->'charges', CASE WHEN v_known THEN p->'known_device' ELSE p->'stranger' END);
    v_challenge otp_challenges%ROWTYPE;
    v_left      integer;
    v_until     timestamptz;
    v_last      boolean;
    v_person    uuid;
BEGIN
    SELECT * INTO v_challenge FROM otp_challenges
     WHERE phone_hash = v_holder AND surface = p->>'surface' FOR UPDATE;
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
     WHERE phone_hash = v_holder AND surface = p->>'surface';
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

-- A right code signs in: uses up the challenge, finds or creates the person, ends the oldest sessions above the
-- limit, opens the new one, remembers the device in place of those seen longest ago, keeps the audit entries, queues the
-- news.
CREATE OR REPLACE FUNCTION sign_in_record(p jsonb)
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
        INSERT INTO known_devices AS d (phone_hash, device_key, first_seen_at, last_seen_at, session_id)
        VALUES (v_phone, decode(p->>'device', 'hex'), v_at, v_at, (v_session->>'id')::uuid)
        ON CONFLICT (phone_hash, device_key) DO UPDATE
           SET last_seen_at = greatest(d.last_seen_at, v_at), session_id = excluded.session_id
        RETURNING xmax = 0 INTO new_device;
        -- The person is locked, so devices are counted one after the other.
        DELETE FROM known_devices WHERE phone_hash = v_phone AND device_key IN (
            SELECT device_key FROM known_devices WHERE phone_hash = v_phone
             ORDER BY last_seen_at DESC, session_id DESC NULLS LAST
            OFFSET coalesce((p->>'devices_max')::integer, 10)
        );
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

-- Who signs a device out from another, or whose refresh token was stolen, wants nothing to do with it any more.
CREATE FUNCTION device_forget_of_session() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM known_devices d USING users u
     WHERE u.id = NEW.user_id AND d.phone_hash = u.phone_hash AND d.session_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_device AFTER UPDATE OF ended_at ON sessions
    FOR EACH ROW WHEN (NEW.end_reason IN ('revoked', 'reused')) EXECUTE FUNCTION device_forget_of_session();

-- A number that leaves a person, or whose person leaves, is known to no device.
CREATE FUNCTION device_forget_of_number() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM known_devices WHERE phone_hash = OLD.phone_hash;
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_devices AFTER UPDATE OF phone_hash, deactivated_at ON users
    FOR EACH ROW WHEN (NEW.phone_hash IS DISTINCT FROM OLD.phone_hash OR NEW.deactivated_at IS NOT NULL)
    EXECUTE FUNCTION device_forget_of_number();
