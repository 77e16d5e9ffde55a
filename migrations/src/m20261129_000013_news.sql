-- Why: whoever notifies holds a lock of the whole server until their commit is on the disk, so that of all who had news to
-- tell one committed at a time. News are queued in silence; workers are woken once the commit is done.

-- Queues news as the job engine would, and notifies nobody: the news commit with the fact they tell of, and whoever
-- recorded it wakes the workers afterwards. Who dies in between delays them until a worker looks by itself. Answers the
-- job's number.
CREATE FUNCTION queue_news(p_news json) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    v_job bigint;
BEGIN
    INSERT INTO graphile_worker._private_jobs (task_id, payload)
    SELECT t.id, coalesce(p_news, '{}') FROM graphile_worker._private_tasks t WHERE t.identifier = 'news'
    RETURNING id INTO v_job;
    IF NOT FOUND THEN
        -- No worker has ever run, nor any news been told: the engine gives their kind its number.
        v_job := (graphile_worker.add_job('news', p_news)).id;
    END IF;
    RETURN v_job;
END
$$;
REVOKE EXECUTE ON FUNCTION queue_news FROM PUBLIC;
GRANT EXECUTE ON FUNCTION queue_news TO aarokya_app;

-- What told news so far tells them so; nothing else of it changes.
DO $$
DECLARE
    v_function regproc;
    v_before   text;
    v_after    text;
BEGIN
    FOREACH v_function IN ARRAY ARRAY['sign_in_record', 'session_rotate', 'ledger_move']::regproc[] LOOP
        v_before := pg_get_functiondef(v_function);
        v_after := replace(v_before, $sql$graphile_worker.add_job('news', p_news, job_key := 'news:' || (p_news -> 'news' ->> 'id'),
                                    job_key_mode := 'unsafe_dedupe')$sql$, 'queue_news(p_news)');
        v_after := replace(v_after, $sql$graphile_worker.add_job('news', $sql$, 'queue_news(');
        IF v_after = v_before OR v_after LIKE '%add_job%' THEN
            RAISE EXCEPTION '% does not tell news as was expected', v_function;
        END IF;
        EXECUTE v_after;
    END LOOP;
END
$$;
