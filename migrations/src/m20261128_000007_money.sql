-- Why: of all who read an order at once, one asks the partner; no load at the issuer holds up another;
-- and whoever watches learns when scheduled work was last done.

-- When a reader last asked the partner about the order, answered or not.
ALTER TABLE orders ADD COLUMN asked_at timestamptz;
GRANT UPDATE (asked_at) ON orders TO aarokya_app;

-- When the issuer was last asked about a load, whatever it said: who waits longest is asked after first.
ALTER TABLE issuer_loads ADD COLUMN asked_at timestamptz;
CREATE INDEX issuer_loads_pending ON issuer_loads ((coalesce(asked_at, begun_at)), reference)
    WHERE state = 'pending';
GRANT UPDATE (asked_at) ON issuer_loads TO aarokya_app;

-- When each piece of scheduled work was last done: a check that never ends is seen by its age.
CREATE TABLE chores_done (
    name    text        PRIMARY KEY CHECK (length(name) <= 64),
    done_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON chores_done TO aarokya_app;
