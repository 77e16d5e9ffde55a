-- Why: orders at the payment partner, what became of their money, and the tries to send it back. What must
-- never be wrong is held here and not only in the program: an order's state never goes back, no more is sent
-- back than was captured, nothing is given while its money goes back, and each piece of news is told once.

-- How far along an order is; the program says the same in `payments::State::rank`.
CREATE FUNCTION order_rank(status text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE status WHEN 'CREATED' THEN 0 WHEN 'PENDING' THEN 1 WHEN 'FAILED' THEN 2 WHEN 'EXPIRED' THEN 2
                       WHEN 'SUCCESS' THEN 3 WHEN 'REFUND_PENDING' THEN 4 WHEN 'REFUNDED' THEN 5 END;

CREATE TABLE orders (
    row_id             uuid        PRIMARY KEY,
    -- The number people and the partner know it by.
    order_id           text        NOT NULL UNIQUE CHECK (order_id ~ '^[0-9A-Za-z]{1,20}$'),
    user_id            uuid        NOT NULL,
    kind               text        NOT NULL CHECK (kind IN ('WALLET_TOPUP')),
    -- In paise.
    amount             bigint      NOT NULL CHECK (amount BETWEEN 1 AND 1000000000),
    -- What the partner charged, where that is not the amount.
    charged            bigint      CHECK (charged > 0 AND charged <> amount),
    status             text        NOT NULL DEFAULT 'CREATED' CHECK (order_rank(status) IS NOT NULL),
    failure_reason     text        CHECK (failure_reason IN ('DECLINED', 'AUTHENTICATION_FAILED', 'AUTHORIZATION_FAILED')),
    paid_at            timestamptz,
    fulfilment         text        CHECK (fulfilment IN ('NOT_STARTED', 'IN_PROGRESS', 'DONE', 'FAILED')),
    fulfilment_at      timestamptz,
    -- When the news of a paid order for which nothing was given was last told again.
    reminded_at        timestamptz,
    refund_amount      bigint      CHECK (refund_amount > 0),
    refund_cause       text        CHECK (refund_cause IN ('FULFILMENT_FAILED', 'CANCELLED', 'OPERATOR', 'BY_PARTNER')),
    refund_demanded_at timestamptz,
    -- Why an operator has to look, if so.
    attention          text        CHECK (attention ~ '^[A-Z_]{1,40}$'),
    opened_at          timestamptz NOT NULL,
    expires_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    looked_at          timestamptz,
    -- When to ask the partner next.
    next_check_at      timestamptz,
    version            bigint      NOT NULL DEFAULT 1,
    -- A state has what belongs to it and nothing else.
    CHECK (CASE status WHEN 'FAILED' THEN failure_reason IS NOT NULL
                       WHEN 'PENDING' THEN true ELSE failure_reason IS NULL END),
    CHECK (CASE status WHEN 'SUCCESS' THEN paid_at IS NOT NULL WHEN 'REFUND_PENDING' THEN paid_at IS NOT NULL
                       WHEN 'REFUNDED' THEN true ELSE paid_at IS NULL END),
    CHECK ((paid_at IS NULL) = (fulfilment IS NULL)),
    CHECK ((fulfilment_at IS NULL) = (coalesce(fulfilment, 'NOT_STARTED') = 'NOT_STARTED')),
    CHECK (num_nulls(refund_amount, refund_cause, refund_demanded_at)
           = CASE WHEN status IN ('REFUND_PENDING', 'REFUNDED') THEN 0 ELSE 3 END),
    CONSTRAINT order_refund_is_covered CHECK (refund_amount <= coalesce(charged, amount)),
    -- For a wrong amount nothing is given; all it can do is go back.
    CONSTRAINT order_is_paid_exactly CHECK (
        charged IS NULL OR (status <> 'SUCCESS' AND coalesce(fulfilment, 'NOT_STARTED') = 'NOT_STARTED')),
    -- Nothing is given while its money goes back, and what was given goes back only once it was taken back.
    CONSTRAINT order_gives_or_refunds CHECK (
        refund_cause IS NULL OR fulfilment IS NULL OR fulfilment IN ('NOT_STARTED', 'FAILED')
        OR (fulfilment = 'DONE' AND refund_cause IN ('CANCELLED', 'BY_PARTNER'))),
    -- An order whose outcome is awaited is never forgotten.
    CONSTRAINT order_is_looked_after CHECK (
        status NOT IN ('CREATED', 'PENDING', 'REFUND_PENDING') OR next_check_at IS NOT NULL)
) WITH (fillfactor = 70);
CREATE INDEX orders_by_user ON orders (user_id, row_id DESC);
CREATE INDEX orders_due ON orders (next_check_at, order_id) WHERE next_check_at IS NOT NULL;
-- Paid orders that wait for what they paid for.
CREATE INDEX orders_unfulfilled ON orders ((coalesce(reminded_at, fulfilment_at, paid_at)), order_id)
    WHERE status = 'SUCCESS' AND fulfilment IN ('NOT_STARTED', 'IN_PROGRESS');
CREATE INDEX orders_for_operators ON orders (updated_at, order_id) WHERE attention IS NOT NULL;

-- A new order is unpaid, and what it is for is fixed: neither can be said otherwise.
GRANT SELECT ON orders TO aarokya_app;
GRANT INSERT (row_id, order_id, user_id, kind, amount, opened_at, expires_at, updated_at, next_check_at)
    ON orders TO aarokya_app;
GRANT UPDATE (status, charged, failure_reason, paid_at, fulfilment, fulfilment_at, reminded_at, refund_amount,
              refund_cause, refund_demanded_at, attention, expires_at, updated_at, looked_at, next_check_at,
              version)
    ON orders TO aarokya_app;

CREATE FUNCTION order_move_on() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF order_rank(NEW.status) < order_rank(OLD.status) THEN
        RAISE EXCEPTION 'order % cannot go from % back to %', OLD.order_id, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_never_goes_back';
    END IF;
    IF OLD.paid_at IS NOT NULL AND NEW.paid_at IS DISTINCT FROM OLD.paid_at THEN
        RAISE EXCEPTION 'when order % was paid is known', OLD.order_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_stays_paid';
    END IF;
    IF OLD.paid_at IS NOT NULL AND NEW.charged IS DISTINCT FROM OLD.charged THEN
        RAISE EXCEPTION 'what was charged for order % is known', OLD.order_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_stays_paid';
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'a change of order % counts its versions on by one', OLD.order_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_counts_changes';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER moves_on
    BEFORE UPDATE OF status, charged, failure_reason, paid_at, fulfilment, fulfilment_at, refund_amount, refund_cause,
                     refund_demanded_at, attention, updated_at, version ON orders
    FOR EACH ROW EXECUTE FUNCTION order_move_on();

-- The session an order is paid in: the partner's words with the payer's contact details in them, so sealed.
CREATE TABLE order_sessions (
    row_id          uuid        PRIMARY KEY REFERENCES orders (row_id),
    row_key         bytea       NOT NULL,
    row_key_version smallint    NOT NULL,
    content         bytea       NOT NULL,
    expires_at      timestamptz NOT NULL
);
CREATE INDEX order_sessions_by_expiry ON order_sessions (expires_at);
GRANT SELECT, INSERT, DELETE ON order_sessions TO aarokya_app;
-- For a new master key.
GRANT UPDATE (row_key, row_key_version) ON order_sessions TO aarokya_app;

-- The tries to send an order's money back, each under a number of its own.
CREATE TABLE refund_attempts (
    order_id     text        NOT NULL REFERENCES orders (order_id),
    sequence     smallint    NOT NULL CHECK (sequence > 0),
    refund_id    text        NOT NULL UNIQUE CHECK (refund_id ~ '^[0-9A-Za-z]{1,20}$'),
    amount       bigint      NOT NULL CHECK (amount > 0),
    state        text        NOT NULL CHECK (state IN ('PENDING', 'SUCCESS', 'FAILURE', 'MANUAL_REVIEW')),
    requested_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, sequence)
);
GRANT SELECT, INSERT ON refund_attempts TO aarokya_app;
GRANT UPDATE (state) ON refund_attempts TO aarokya_app;

-- Every try that is not known to have failed may have taken the money with it.
CREATE FUNCTION refund_be_covered() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    refundable bigint;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'SUCCESS' AND NEW.state <> 'SUCCESS' THEN
        RAISE EXCEPTION 'refund % has arrived', OLD.refund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_stays_done';
    END IF;
    -- Held until the end of the transaction, so that two tries at once are added up and not overlooked.
    SELECT CASE WHEN status IN ('REFUND_PENDING', 'REFUNDED') THEN coalesce(charged, amount) ELSE 0 END
      INTO STRICT refundable
      FROM orders WHERE order_id = NEW.order_id FOR NO KEY UPDATE;
    IF (SELECT sum(amount) FROM refund_attempts WHERE order_id = NEW.order_id AND state <> 'FAILURE') > refundable THEN
        RAISE EXCEPTION 'more is to go back than was captured for order %', NEW.order_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_are_covered';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER is_covered AFTER INSERT OR UPDATE ON refund_attempts
    FOR EACH ROW EXECUTE FUNCTION refund_be_covered();

-- What others were told of an order: each thing once.
CREATE TABLE order_events (
    order_id    text        NOT NULL REFERENCES orders (order_id),
    word        text        NOT NULL CHECK (word IN ('PAID', 'FAILED', 'EXPIRED', 'REFUNDED')),
    news_id     uuid        NOT NULL UNIQUE,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, word)
);
GRANT SELECT, INSERT ON order_events TO aarokya_app;

CREATE FUNCTION order_refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'orders are kept: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER are_kept BEFORE DELETE OR TRUNCATE ON orders
    FOR EACH STATEMENT EXECUTE FUNCTION order_refuse_removal();
CREATE TRIGGER are_kept BEFORE DELETE OR TRUNCATE ON refund_attempts
    FOR EACH STATEMENT EXECUTE FUNCTION order_refuse_removal();
CREATE TRIGGER are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON order_events
    FOR EACH STATEMENT EXECUTE FUNCTION order_refuse_removal();

-- Sees to it that the job that looks at an order runs when the order is due, as its fact is recorded: one such
-- job an order, gone once nothing is awaited. Times are of the program's clock and the queue goes by the
-- server's, so what is handed over is the distance between them. Answers whether anything was altered.
CREATE FUNCTION order_plan_look(
    p_order text, p_planned timestamptz, p_next timestamptz, p_at timestamptz
) RETURNS boolean
    LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF p_next IS NOT DISTINCT FROM p_planned THEN
        RETURN false;
    END IF;
    IF p_next IS NULL THEN
        PERFORM graphile_worker.remove_job('look:' || p_order);
    ELSE
        PERFORM graphile_worker.add_job(
            'look', json_build_object('order_id', p_order), job_key := 'look:' || p_order,
            run_at := now() + greatest(p_next - p_at, interval '0'));
    END IF;
    RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION order_plan_look FROM PUBLIC;
GRANT EXECUTE ON FUNCTION order_plan_look TO aarokya_app;
