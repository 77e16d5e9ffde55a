-- Why: orders that pay for policies, and policies: proposed, bought once, issued or given up. What must never be wrong is
-- held here and not only in the program: a policy never goes back, an order buys one, a person has one live policy of a
-- plan, and what the insurer issued stays what it is.

ALTER TABLE orders DROP CONSTRAINT orders_kind_check;
ALTER TABLE orders ADD CONSTRAINT orders_kind_check CHECK (kind IN ('WALLET_TOPUP', 'INSURANCE_PURCHASE'));
-- What is bought, as the domain that gives it names it: the quote of a policy.
ALTER TABLE orders ADD COLUMN subject uuid;
ALTER TABLE orders ADD CONSTRAINT order_names_its_subject CHECK ((kind = 'WALLET_TOPUP') = (subject IS NULL));
GRANT INSERT (subject) ON orders TO aarokya_app;

CREATE TABLE insurance_policies (
    id              uuid        PRIMARY KEY,
    user_id         uuid        NOT NULL,
    -- One quote makes one policy; the quote itself is forgotten in time.
    quote_id        uuid        NOT NULL UNIQUE,
    plan_id         uuid        NOT NULL,
    plan_version    integer     NOT NULL,
    -- In paise.
    premium         bigint      NOT NULL CHECK (premium > 0),
    -- Whom it covers and how the price was worked out, sealed with the row's key.
    content         bytea       NOT NULL,
    row_key         bytea       NOT NULL,
    row_key_version smallint    NOT NULL,
    price_until     timestamptz NOT NULL,
    state           text        NOT NULL DEFAULT 'PROPOSED'
                    CHECK (state IN ('PROPOSED', 'ISSUING', 'ACTIVE', 'ISSUE_FAILED', 'REFUNDED')),
    -- The order that paid for it.
    order_id        text        UNIQUE CHECK (order_id ~ '^[0-9A-Za-z]{1,20}$'),
    paid_at         timestamptz,
    policy_number   text        UNIQUE CHECK (policy_number ~ '^[0-9A-Za-z/-]{1,40}$'),
    starts_on       date,
    ends_on         date        CHECK (ends_on >= starts_on),
    issued_at       timestamptz,
    failure         text        CHECK (failure IN ('REFUSED_BY_INSURER', 'NOT_ISSUED_IN_TIME')),
    proposed_at     timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    version         bigint      NOT NULL DEFAULT 1,
    FOREIGN KEY (plan_id, plan_version) REFERENCES insurance_plan_versions (plan_id, version),
    -- A state has what belongs to it and nothing else.
    CHECK ((state = 'PROPOSED') = (order_id IS NULL) AND (order_id IS NULL) = (paid_at IS NULL)),
    CHECK (num_nulls(policy_number, starts_on, ends_on, issued_at) = CASE state WHEN 'ACTIVE' THEN 0 ELSE 4 END),
    CHECK ((failure IS NOT NULL) = (state IN ('ISSUE_FAILED', 'REFUNDED')))
);
-- What an order's payment buys, decided once: a policy, or nothing for ever, so that its money can go back.
CREATE TABLE insurance_sales (
    order_id   text        PRIMARY KEY CHECK (order_id ~ '^[0-9A-Za-z]{1,20}$'),
    policy_id  uuid        UNIQUE REFERENCES insurance_policies (id),
    decided_at timestamptz NOT NULL,
    UNIQUE (order_id, policy_id)
);
-- A policy is paid for by the order that bought it, and by none that buys nothing.
ALTER TABLE insurance_policies ADD FOREIGN KEY (order_id, id) REFERENCES insurance_sales (order_id, policy_id);
GRANT SELECT, INSERT ON insurance_sales TO aarokya_app;

-- One live policy of a plan for a person.
CREATE UNIQUE INDEX insurance_policies_live ON insurance_policies (user_id, plan_id)
    WHERE state IN ('ISSUING', 'ACTIVE');
CREATE INDEX insurance_policies_of ON insurance_policies (user_id, id DESC) WHERE state <> 'PROPOSED';
CREATE INDEX insurance_policies_wanted ON insurance_policies (price_until) WHERE state = 'PROPOSED';

GRANT SELECT, DELETE ON insurance_policies TO aarokya_app;
-- A new policy is only wanted: it cannot be said otherwise.
GRANT INSERT (id, user_id, quote_id, plan_id, plan_version, premium, content, row_key, row_key_version, price_until,
              proposed_at, updated_at) ON insurance_policies TO aarokya_app;
GRANT UPDATE (state, order_id, paid_at, policy_number, starts_on, ends_on, issued_at, failure, updated_at, version)
    ON insurance_policies TO aarokya_app;
-- For a new master key, and for whom a proposal covers.
GRANT UPDATE (content, row_key, row_key_version) ON insurance_policies TO aarokya_app;

CREATE FUNCTION insurance_policy_moves_on() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (('PROPOSED', 'PROPOSED'), ('PROPOSED', 'ISSUING'), ('ISSUING', 'ACTIVE'),
                                      ('ISSUING', 'ISSUE_FAILED'), ('ISSUE_FAILED', 'REFUNDED')) THEN
        RAISE EXCEPTION 'policy % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'policy_only_moves_on';
    END IF;
    IF NEW.content IS DISTINCT FROM OLD.content AND (OLD.state, NEW.state) <> ('PROPOSED', 'PROPOSED')
       OR OLD.order_id IS NOT NULL AND (NEW.order_id, NEW.paid_at) IS DISTINCT FROM (OLD.order_id, OLD.paid_at)
       OR OLD.failure IS NOT NULL AND NEW.failure IS DISTINCT FROM OLD.failure THEN
        RAISE EXCEPTION 'what became of policy % is known', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'policy_stays_what_it_is';
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'a change of policy % counts its versions on by one', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'policy_counts_changes';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER moves_on
    BEFORE UPDATE OF content, state, order_id, paid_at, policy_number, starts_on, ends_on, issued_at, failure, version
    ON insurance_policies FOR EACH ROW EXECUTE FUNCTION insurance_policy_moves_on();

-- What was paid for is kept; what was only wanted may be forgotten.
CREATE FUNCTION insurance_policy_is_kept() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'PROPOSED' THEN
        RAISE EXCEPTION 'policy % was paid for and is kept', OLD.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'bought_policies_are_kept';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER is_kept BEFORE DELETE ON insurance_policies
    FOR EACH ROW EXECUTE FUNCTION insurance_policy_is_kept();
