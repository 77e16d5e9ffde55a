-- Why: signing in and booking money took several times as long to plan as to do. A function written in SQL is parsed and
-- planned anew for each statement that calls it, and what reads a few rows named by a list of JSON looked cheap enough to
-- be planned anew each time. What these functions do is as it was; their plans are kept for as long as a connection.

-- The counters that a list of charges meets, each as it stands at an instant. If its window has closed it is empty, or,
-- if it fades and that was less than a window ago, holds half. A charge is {meter, holder (hex), cost, at_most, window_us,
-- fades?, unverified_free?, unverified_per_hundred?, verified_min?}; an older version says instead of the last two
-- verified_percent_min.
CREATE OR REPLACE FUNCTION otp_counters(p_charges jsonb, p_at timestamptz)
RETURNS TABLE (
    place bigint, meter text, holder bytea, cost bigint, at_most bigint, lasts interval,
    since timestamptz, spent bigint, verified bigint, fits boolean
)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
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
     ) n;
END
$$;

-- Locks the counters of a list of {meter, holder}, always in the same order, so that two callers never wait for
-- each other.
CREATE OR REPLACE FUNCTION otp_lock(p_counters jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM otp_budgets b
       JOIN jsonb_array_elements(p_counters) c ON b.meter = c->>'meter' AND b.holder = decode(c->>'holder', 'hex')
      ORDER BY b.meter, b.holder
        FOR UPDATE OF b;
END
$$;

-- Spends every charge, or none if one is not allowed: then that one comes back alone, not granted.
CREATE OR REPLACE FUNCTION otp_spend(p_charges jsonb, p_at timestamptz)
RETURNS TABLE (
    place bigint, granted boolean, since timestamptz, ends_at timestamptz, spent bigint, verified bigint,
    at_most bigint
)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    -- Every counter is there and locked before any is read; one that is there already is locked by the conflict itself,
    -- and not written, so that none is purged in between. A new one's window is closed from the start.
    INSERT INTO otp_budgets AS b (meter, holder, since, ends_at, spent, verified)
    SELECT DISTINCT c->>'meter', decode(c->>'holder', 'hex'), p_at, p_at, 0, 0 FROM jsonb_array_elements(p_charges) c
     WHERE (c->>'cost')::bigint > 0
     ORDER BY 1, 2
    ON CONFLICT (meter, holder) DO UPDATE SET spent = b.spent WHERE false;

    RETURN QUERY
    WITH counters AS MATERIALIZED (SELECT * FROM otp_counters(p_charges, p_at)),
         refused AS MATERIALIZED (SELECT * FROM counters c WHERE NOT c.fits ORDER BY c.place LIMIT 1),
         spending AS (
             UPDATE otp_budgets b
                SET since = c.since, ends_at = c.since + c.lasts, spent = c.spent + c.cost, verified = c.verified
               FROM counters c
              WHERE b.meter = c.meter AND b.holder = c.holder AND c.cost > 0 AND NOT EXISTS (SELECT FROM refused)
         )
    SELECT r.place, false, r.since, r.since + r.lasts, r.spent, r.verified, r.at_most FROM refused r
    UNION ALL
    (SELECT c.place, true, c.since, c.since + c.lasts, c.spent + c.cost, c.verified, c.at_most
       FROM counters c WHERE NOT EXISTS (SELECT FROM refused) ORDER BY c.place);
END
$$;

-- Keeps an audit entry that was prepared before its subject was known.
CREATE OR REPLACE FUNCTION sign_in_audit(p_entry jsonb, p_subject uuid, p_actor text, p_action text) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM audit_append(
        (p_entry->>'id')::uuid, p_actor, p_action, p_subject, (p_entry->>'at')::timestamptz,
        p_entry->>'ip', p_entry->>'request_id', p_entry->'detail'
    );
END
$$;

-- What a challenge leaves behind for the one that takes its place: itself, and of those before it the next two. No
-- more than that are under way at once, since each waits for its pause.
CREATE OR REPLACE FUNCTION otp_formers(p_former otp_challenges) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN jsonb_build_array(to_jsonb(p_former) - '{phone_hash,surface,formers}'::text[])
           || jsonb_path_query_array(p_former.formers, '$[0 to 1]');
END
$$;

-- A field of an entry as it is hashed: its length in four bytes, then its bytes; a length of -1 if absent.
CREATE OR REPLACE FUNCTION audit_field(p_text text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE WHEN p_text IS NULL THEN int4send(-1)
                ELSE int4send(octet_length(convert_to(p_text, 'UTF8'))) || convert_to(p_text, 'UTF8') END;
END
$$;

-- The hash of an entry: SHA-256 over the hash before it and every field. The program computes the same in
-- the crate `audit`; a test compares the two.
CREATE OR REPLACE FUNCTION audit_hash(
    p_previous bytea, p_place bigint, p_id uuid, p_actor text, p_action text, p_subject uuid,
    p_at timestamptz, p_ip text, p_request_id text, p_detail jsonb
) RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
DECLARE
    v_detail bytea := (SELECT string_agg(audit_field(key) || audit_field(value), ''::bytea ORDER BY key COLLATE "C")
                         FROM jsonb_each_text(p_detail));
BEGIN
    RETURN sha256(
        p_previous
        || audit_field(p_place::text) || audit_field(p_id::text) || audit_field(p_actor)
        || audit_field(p_action) || audit_field(p_subject::text)
        || audit_field((extract(epoch FROM p_at) * 1000000)::bigint::text)
        || audit_field(p_ip) || audit_field(p_request_id)
        || coalesce(v_detail, ''::bytea)
    );
END
$$;

-- A setting of a function holds for everything it calls, so that only those need one that are called from outside, and
-- what settles a challenge.
ALTER FUNCTION otp_give_back(jsonb, timestamptz) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION otp_settle(jsonb, timestamptz) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION otp_spend_attempt(jsonb) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION otp_use_challenge(jsonb) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION sign_in_record(jsonb) SET plan_cache_mode = force_generic_plan;
