\set s :client_id + 1
\set k :k + 1
\set j :k + 1
SELECT * FROM session_rotate(
    md5('floor session ' || (:s)::text)::uuid, md5('floor person')::uuid, '2100-01-01 00:00:00+00', 'PATIENT',
    sha256(('family ' || (:s)::text)::bytea), sha256(('token ' || (:k)::text)::bytea),
    sha256(('token ' || (:j)::text)::bytea), decode(repeat('5a', 420), 'hex'), now() + interval '60 s',
    now() + interval '14 d', now(),
    '{"id":"01a1fbc3-2aa3-7540-97fb-1d57bb5a318b","actor":"anonymous","action":"session_reused","at":"2026-11-28T10:00:00Z","ip":"10.0.0.1","request_id":"01a1fbc3-2d10-70d1-8319-638a41353724","detail":{"session":"01a1fbc3-2aa3-7540-97fb-1d57bb5a318b"}}'::jsonb,
    '{"topic":"identity","news":{"id":"01a1fbc3-2aa3-7540-97fb-1d57bb5a318b","at":"2026-11-28T10:00:00Z","event":{"type":"token_reuse_detected","user_id":"01a1fbc3-2aa3-7540-97fb-1d57bb5a318b","session_id":"01a1fbc3-2aa3-7540-97fb-1d57bb5a318b"}}}'::jsonb);
