-- Why: of all who read an order at once, one asks the partner.

-- When a reader last asked the partner about the order, answered or not.
ALTER TABLE orders ADD COLUMN asked_at timestamptz;
GRANT UPDATE (asked_at) ON orders TO aarokya_app;
