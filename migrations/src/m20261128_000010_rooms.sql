-- Why: messages for strangers come out of rooms that are earned by codes that come back, so that an attack from nowhere in
-- particular buys few messages, and none of those that belong to people who come from where others sign in.

-- Whether the code was sent out of the room that everybody shares.
ALTER TABLE otp_challenges ADD COLUMN from_common boolean NOT NULL DEFAULT false;

-- The counters that a list of charges meets, each as it stands at an instant. If its window has closed it is empty, or,
-- if it fades and that was less than a window ago, holds half. A charge is {meter, holder (hex), cost, at_most, window_us,
-- fades?, unverified_free?, unverified_per_hundred?, verified_min?}; a version before this one says instead of the last
-- two verified_percent_min.
CREATE OR REPLACE FUNCTION otp_counters(p_charges jsonb, p_at timestamptz)
RETURNS TABLE (
    place bigint, meter text, holder bytea, cost bigint, at_most bigint, lasts interval,
    since timestamptz, spent bigint, verified bigint, fits boolean
)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT c.place, c.meter, c.holder, c.cost, c.at_most, c.lasts, n.since, n.spent, n.verified,
           -- Looking (a cost of 0) asks whether one more would be allowed.
           n.spent + greatest(c.cost, 1) <= c.at_most
           AND (c.free IS NULL
                OR n.verified >= c.verified_min
                   AND (n.spent - n.verified) * 100 < c.free * 100 + n.verified * c.per_hundred
                OR n.verified * 100 >= n.spent * c.percent) IS TRUE
      FROM (
          SELECT e.ordinality AS place, e.value->>'meter' AS meter, decode(e.value->>'holder', 'hex') AS holder,
                 (e.value->>'cost')::bigint AS cost, (e.value->>'at_most')::bigint AS at_most,
                 (e.value->>'window_us')::bigint * interval '1 microsecond' AS lasts,
                 coalesce((e.value->>'fades')::boolean, false) AS fades,
                 (e.value->>'unverified_free')::bigint AS free,
                 coalesce((e.value->>'unverified_per_hundred')::bigint, 0) AS per_hundred,
                 coalesce((e.value->>'verified_min')::bigint, 0) AS verified_min,
                 (e.value->>'verified_percent_min')::bigint AS percent
            FROM jsonb_array_elements(p_charges) WITH ORDINALITY e
      ) c
      LEFT JOIN otp_budgets b ON b.meter = c.meter AND b.holder = c.holder
     CROSS JOIN LATERAL (SELECT least(b.ends_at, b.since + c.lasts) AS ends_at) w
     CROSS JOIN LATERAL (
          SELECT CASE WHEN p_at < w.ends_at THEN 'open' WHEN c.fades AND p_at < w.ends_at + c.lasts THEN 'faded'
                 END AS state
     ) s
     CROSS JOIN LATERAL (
          SELECT CASE s.state WHEN 'open' THEN b.since ELSE p_at END AS since,
                 CASE s.state WHEN 'open' THEN b.spent WHEN 'faded' THEN (b.spent + 1) / 2 ELSE 0 END AS spent,
                 CASE s.state WHEN 'open' THEN b.verified WHEN 'faded' THEN (b.verified + 1) / 2 ELSE 0 END AS verified
     ) n
$$;

-- What a right code does to counters: a list of {meter, holder (hex), effect}.
CREATE OR REPLACE FUNCTION otp_settle(p_settlements jsonb, p_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM otp_lock(p_settlements);
    UPDATE otp_budgets b
       SET spent = CASE c->>'effect' WHEN 'give_back' THEN greatest(b.spent - 1, 0)
                                     WHEN 'forget' THEN 0 ELSE b.spent END,
           verified = CASE WHEN c->>'effect' IN ('verified', 'verified_of_common')
                           THEN least(b.verified + 1, b.spent) ELSE b.verified END,
           ends_at = CASE c->>'effect' WHEN 'forget' THEN p_at ELSE b.ends_at END
      FROM jsonb_array_elements(p_settlements) c
     WHERE b.meter = c->>'meter' AND b.holder = decode(c->>'holder', 'hex') AND p_at < b.ends_at;
END
$$;

-- Uses up an open challenge and settles the budgets; false if somebody was first or a newer one took its place. Then
-- the code was right all the same: what a right one gives back is given back, and nothing else is settled.
CREATE OR REPLACE FUNCTION otp_use_challenge(p jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    v_at          timestamptz := p->>'at';
    v_settlements jsonb := p->'settlements';
    v_common      boolean;
    v_used        boolean;
BEGIN
    UPDATE otp_challenges SET used_at = v_at
     WHERE phone_hash = decode(coalesce(p->>'holder', p->>'phone_hash'), 'hex') AND surface = p->>'surface'
       AND id = (p->>'challenge_id')::uuid AND used_at IS NULL
    RETURNING from_common INTO v_common;
    v_used := FOUND;
    IF NOT v_used THEN
        v_settlements := jsonb_path_query_array(v_settlements, '$[*] ? (@.effect == "give_back")');
    ELSIF NOT v_common THEN
        v_settlements := jsonb_path_query_array(v_settlements, '$[*] ? (@.effect != "verified_of_common")');
    END IF;
    PERFORM otp_settle(v_settlements, v_at);
    RETURN v_used;
END
$$;

-- Takes a challenge back whose code was never sent, unless it was used all the same: the one before it counts again.
CREATE OR REPLACE FUNCTION otp_withdraw_challenge(p_phone_hash bytea, p_surface text, p_id uuid) RETURNS void
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
               from_common = coalesce(v_former.from_common, false),
               formers = v_newest.formers - 0
         WHERE c.phone_hash = p_phone_hash AND c.surface = p_surface;
    END IF;
END
$$;
