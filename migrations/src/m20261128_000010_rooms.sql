-- Why: messages for strangers come out of rooms that are earned by codes that come back, so that an attack from nowhere in
-- particular buys few messages, and none of those that belong to people who come from where others sign in.

-- What the right code does for whoever asked for it, wherever it is given: settlements, as otp_settle reads them.
ALTER TABLE otp_challenges ADD COLUMN earns jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(earns) = 'array');

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

-- Spends every charge, or none if one is not allowed: then that one comes back alone, not granted.
CREATE OR REPLACE FUNCTION otp_spend(p_charges jsonb, p_at timestamptz)
RETURNS TABLE (
    place bigint, granted boolean, since timestamptz, ends_at timestamptz, spent bigint, verified bigint,
    at_most bigint
)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    -- Every counter is there and locked before any is read; one that is there already is locked by the conflict itself,
    -- and not written, so that none is purged in between. A new one's window is closed from the start.
    INSERT INTO otp_budgets AS b (meter, holder, since, ends_at, spent, verified)
    SELECT DISTINCT c->>'meter', decode(c->>'holder', 'hex'), p_at, p_at, 0, 0 FROM jsonb_array_elements(p_charges) c
     WHERE (c->>'cost')::bigint > 0
     ORDER BY 1, 2
    ON CONFLICT (meter, holder) DO UPDATE SET spent = b.spent WHERE false;

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

-- Uses up an open challenge, a number's or a known device's, and settles the budgets and what the challenge earns; false
-- if somebody was first or a newer one took its place. Then the code was right all the same: what a right one gives back
-- is given back, and nothing else is settled.
CREATE OR REPLACE FUNCTION otp_use_challenge(p jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    v_at          timestamptz := p->>'at';
    v_settlements jsonb := p->'settlements';
    v_earns       jsonb;
    v_used        boolean;
BEGIN
    UPDATE otp_challenges SET used_at = v_at
     WHERE phone_hash = decode(coalesce(p->>'holder', p->>'phone_hash'), 'hex') AND surface = p->>'surface'
       AND id = (p->>'challenge_id')::uuid AND used_at IS NULL
    RETURNING earns INTO v_earns;
    v_used := FOUND;
    IF v_used THEN
        v_settlements := v_settlements || v_earns;
    ELSE
        v_settlements := jsonb_path_query_array(v_settlements, '$[*] ? (@.effect == "give_back")');
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
               earns = coalesce(v_former.earns, '[]'),
               formers = v_newest.formers - 0
         WHERE c.phone_hash = p_phone_hash AND c.surface = p_surface;
    END IF;
END
$$;
