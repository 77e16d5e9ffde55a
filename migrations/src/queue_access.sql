-- Why: the job engine brings its own schema up to date, and what it adds belongs to whoever migrates: the gateway's
-- role gets at it here, and plans are kept, each time. Repeating it changes nothing.

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA graphile_worker TO aarokya_app;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA graphile_worker TO aarokya_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA graphile_worker TO aarokya_app;

-- Its tables hide their rows from everybody but their owner unless a policy says otherwise.
DO $$
DECLARE
    guarded text;
BEGIN
    FOR guarded IN
        SELECT c.oid::regclass::text FROM pg_class c
         WHERE c.relnamespace = 'graphile_worker'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity
           AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'aarokya_app')
    LOOP
        EXECUTE format('CREATE POLICY aarokya_app ON %s TO aarokya_app USING (true) WITH CHECK (true)', guarded);
    END LOOP;
END
$$;

-- Jobs are added as a list, and what reads a list looks cheap enough to be planned anew each time: several times as dear
-- as adding one.
ALTER FUNCTION graphile_worker.add_jobs SET plan_cache_mode = force_generic_plan;
