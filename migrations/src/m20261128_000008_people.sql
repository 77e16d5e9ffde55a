-- Why: whoever asks for another code, which then cannot be sent, goes on with the one they hold; a right code that comes
-- too late is no guess; and a PIN and the birth date it rests on are decided one after the other.

-- The challenges it took the place of, newest first, each as its row was; they count again if it is withdrawn.
ALTER TABLE otp_challenges
    ADD COLUMN formers jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(formers) = 'array');

-- What a challenge leaves behind for the one that takes its place: itself, and of those before it the next two. No
-- more than that are under way at once, since each waits for its pause.
CREATE FUNCTION otp_formers(p_former otp_challenges) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_array(to_jsonb(p_former) - '{phone_hash,surface,formers}'::text[])
           || jsonb_path_query_array(p_former.formers, '$[0 to 1]')
$$;

-- Takes a challenge back whose code was never sent, unless it was used all the same: the one before it counts again.
CREATE FUNCTION otp_withdraw_challenge(p_phone_hash bytea, p_surface text, p_id uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    v_newest otp_challenges%ROWTYPE;
    v_former otp_challenges%ROWTYPE;
BEGIN
    SELECT * INTO v_newest FROM otp_challenges c
     WHERE c.phone_hash = p_phone_hash AND c.surface = p_surface FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    ELSIF v_newest.id <> p_id THEN
        -- A newer one took its place by now, and must not bring it back.
        UPDATE otp_challenges c
           SET formers = (SELECT coalesce(jsonb_agg(f.former ORDER BY f.place), '[]')
                            FROM jsonb_array_elements(c.formers) WITH ORDINALITY f (former, place)
                           WHERE f.former->>'id' <> p_id::text OR f.former->>'used_at' IS NOT NULL)
         WHERE c.phone_hash = p_phone_hash AND c.surface = p_surface;
    ELSIF v_newest.used_at IS NOT NULL THEN
        RETURN;
    ELSIF v_newest.formers = '[]' THEN
        DELETE FROM otp_challenges c WHERE c.phone_hash = p_phone_hash AND c.surface = p_surface;
    ELSE
        v_former := jsonb_populate_record(NULL::otp_challenges, v_newest.formers->0);
        UPDATE otp_challenges c
           SET id = v_former.id, code = v_former.code, created_at = v_former.created_at,
               expires_at = v_former.expires_at, used_at = v_former.used_at,
               attempts_by_strangers = v_former.attempts_by_strangers,
               attempts_by_known_devices = v_former.attempts_by_known_devices,
               formers = v_newest.formers - 0
         WHERE c.phone_hash = p_phone_hash AND c.surface = p_surface;
    END IF;
END
$$;

-- Uses up an open challenge and settles the budgets; false if somebody was first or a newer one took its place. Then
-- the code was right all the same: what a right one gives back is given back, and nothing else is settled.
CREATE OR REPLACE FUNCTION otp_use_challenge(p jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    v_at          timestamptz := p->>'at';
    v_settlements jsonb := p->'settlements';
    v_used        boolean;
BEGIN
    UPDATE otp_challenges SET used_at = v_at
     WHERE phone_hash = decode(p->>'phone_hash', 'hex') AND surface = p->>'surface'
       AND id = (p->>'challenge_id')::uuid AND used_at IS NULL;
    v_used := FOUND;
    IF NOT v_used THEN
        v_settlements := jsonb_path_query_array(v_settlements, '$[*] ? (@.effect == "give_back")');
    END IF;
    PERFORM otp_settle(v_settlements, v_at);
    RETURN v_used;
END
$$;

-- Whether a person's PIN is this one, or none, as the last who decided about it left it: both functions lock the person,
-- in the order person, profile or PIN, audit, and look only then.
CREATE FUNCTION person_pin_is(p_user_id uuid, p_pin_id uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM users WHERE id = p_user_id FOR NO KEY UPDATE;
    RETURN (SELECT pin_id FROM pins WHERE user_id = p_user_id) IS NOT DISTINCT FROM p_pin_id;
END
$$;

-- Whether a person's birth date is on record.
CREATE FUNCTION person_birth_date_is_known(p_user_id uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM users WHERE id = p_user_id FOR NO KEY UPDATE;
    RETURN EXISTS (SELECT FROM user_profiles WHERE user_id = p_user_id AND dob IS NOT NULL);
END
$$;
