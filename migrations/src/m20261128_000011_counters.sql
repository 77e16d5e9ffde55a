-- Why: a list of charges names a few counters, and the planner, who cannot know how few, read up to some 40,000 rows of
-- counters to find them: the more strangers ask, the dearer it was to refuse them. Each is looked up by its key instead.
DO $$
DECLARE
    v_function regprocedure;
BEGIN
    FOREACH v_function IN ARRAY ARRAY[
        'otp_counters(jsonb, timestamptz)', 'otp_lock(jsonb)', 'otp_spend(jsonb, timestamptz)',
        'otp_give_back(jsonb, timestamptz)', 'otp_settle(jsonb, timestamptz)'
    ]::regprocedure[] LOOP
        EXECUTE format('ALTER FUNCTION %s SET enable_seqscan = off', v_function);
        EXECUTE format('ALTER FUNCTION %s SET enable_hashjoin = off', v_function);
        EXECUTE format('ALTER FUNCTION %s SET enable_mergejoin = off', v_function);
    END LOOP;
END
$$;
