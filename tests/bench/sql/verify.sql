\set k :k + 1
\set n :base + :client_id * :each + :k
SELECT * FROM otp_spend_attempt(jsonb_build_object(
    'phone_hash', encode(sha256(('floor phone ' || (:n)::text)::bytea), 'hex'), 'surface', 'app',
    'challenge_id', NULL, 'device', encode(sha256(('floor device ' || (:n)::text)::bytea), 'hex'), 'attempts_max', 5,
    'stranger', jsonb_build_array(
        jsonb_build_object('meter', 'wrong_codes_per_day', 'holder',
            encode(sha256(('floor holder ' || (:n)::text)::bytea), 'hex'), 'cost', 1, 'at_most', 15,
            'window_us', 86400000000, 'unverified_free', NULL, 'verified_percent_min', NULL),
        jsonb_build_object('meter', 'wrong_codes_in_a_row', 'holder',
            encode(sha256(('floor holder ' || (:n)::text)::bytea), 'hex'), 'cost', 1, 'at_most', 100,
            'window_us', 2592000000000, 'unverified_free', NULL, 'verified_percent_min', NULL)),
    'known_device', '[]'::jsonb, 'at', now(),
    'last_guess', '{"id":"01a1fbc3-2aa3-7540-97fb-1d57bb5a318b","actor":"anonymous","action":"sign_in_refused","at":"2026-11-28T10:00:00Z","ip":"10.0.0.1","request_id":"01a1fbc3-2d10-70d1-8319-638a41353724","detail":{"reason":"guess_budget_used_up"}}'::jsonb));
SELECT * FROM sign_in_record(jsonb_build_object(
    'challenge', jsonb_build_object(
        'challenge_id', md5('floor challenge ' || (:n)::text)::uuid,
        'phone_hash', encode(sha256(('floor phone ' || (:n)::text)::bytea), 'hex'), 'surface', 'app',
        'settlements', jsonb_build_array(
            jsonb_build_object('meter', 'wrong_codes_per_day', 'effect', 'give_back', 'holder',
                encode(sha256(('floor holder ' || (:n)::text)::bytea), 'hex')),
            jsonb_build_object('meter', 'wrong_codes_in_a_row', 'effect', 'forget', 'holder',
                encode(sha256(('floor holder ' || (:n)::text)::bytea), 'hex')),
            jsonb_build_object('meter', 'conversion', 'effect', 'verified', 'holder',
                encode(sha256('a series that nobody counts'), 'hex'))),
        'at', now()),
    'person', jsonb_build_object('id', md5('floor person ' || (:n)::text)::uuid, 'phone', repeat('5a', 41),
        'row_key', repeat('5a', 60), 'row_key_version', 1),
    'session', jsonb_build_object('id', gen_random_uuid(), 'device', repeat('5a', 40), 'row_key', repeat('5a', 60),
        'row_key_version', 1, 'family', repeat('5a', 32), 'token', repeat('5a', 32),
        'idle_ends_at', now() + interval '14 d', 'expires_at', now() + interval '30 d'),
    'device', encode(sha256(('floor device ' || (:n)::text)::bytea), 'hex'), 'live_max', 10,
    'audit', jsonb_build_object('id', gen_random_uuid(), 'actor', 'anonymous', 'action', 'signed_up', 'at', now(),
        'ip', '10.0.0.1', 'request_id', '01a1fbc3-2d10-70d1-8319-638a41353724',
        'detail', jsonb_build_object('session', '01a1fbc3-2aa3-7540-97fb-1d57bb5a318b')),
    'known_action', 'signed_in',
    'crowded', '{"id":"01a1fbc3-2aa3-7540-97fb-1d57bb5a318b","actor":"anonymous","action":"session_revoked","at":"2026-11-28T10:00:00Z","ip":"10.0.0.1","request_id":"01a1fbc3-2d10-70d1-8319-638a41353724","detail":{"reason":"crowded"}}'::jsonb,
    'sign_up_news', '{"topic":"identity","news":{"id":"01a1fbc3-2aa3-7540-97fb-1d57bb5a318b","at":"2026-11-28T10:00:00Z","event":{"type":"signed_up","user_id":"01a1fbc3-2aa3-7540-97fb-1d57bb5a318b"}}}'::jsonb,
    'sign_in_news', '{"topic":"identity","news":{"id":"01a1fbc3-2aa3-7540-97fb-1d57bb5a318b","at":"2026-11-28T10:00:00Z","event":{"type":"signed_in","user_id":"01a1fbc3-2aa3-7540-97fb-1d57bb5a318b","session_id":"01a1fbc3-2aa3-7540-97fb-1d57bb5a318b","new_device": true}}}'::jsonb));
