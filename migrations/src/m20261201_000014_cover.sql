-- Why: plans as the insurer publishes them, every version of their terms kept, and the prices that are held under them.

CREATE TABLE insurance_plans (
    id         uuid        PRIMARY KEY,
    -- The insurer's own name of it.
    code       text        NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9-]{1,40}$'),
    -- The newest version of its terms.
    version    integer     NOT NULL CHECK (version > 0),
    on_sale    boolean     NOT NULL,
    changed_at timestamptz NOT NULL
);

-- A version is never changed or removed: quotes and policies stand on it, and the grant allows no more.
CREATE TABLE insurance_plan_versions (
    plan_id              uuid        NOT NULL REFERENCES insurance_plans (id),
    version              integer     NOT NULL CHECK (version > 0),
    name                 text        NOT NULL CHECK (name <> ''),
    plan_type            text        NOT NULL CHECK (plan_type IN ('INDIVIDUAL', 'FAMILY_FLOATER', 'MULTI_INDIVIDUAL', 'GROUP')),
    coverage_type        text        NOT NULL CHECK (coverage_type IN ('BASIC', 'STANDARD', 'COMPREHENSIVE')),
    issuance_mode        text        NOT NULL CHECK (issuance_mode IN ('INSTANT', 'UNDERWRITTEN')),
    -- In paise.
    sum_insured          bigint      NOT NULL CHECK (sum_insured BETWEEN 100 AND 10000000000),
    base_premium         bigint      NOT NULL CHECK (base_premium BETWEEN 100 AND 10000000000),
    dependants_max       smallint    NOT NULL CHECK (dependants_max BETWEEN 0 AND 5),
    age_min_years        smallint    NOT NULL CHECK (age_min_years >= 18),
    age_max_years        smallint    NOT NULL CHECK (age_max_years >= age_min_years),
    teleconsult_included boolean     NOT NULL,
    -- Features, exclusions, waiting periods, rates of relatives, and the area.
    details              jsonb       NOT NULL CHECK (jsonb_typeof(details) = 'object'),
    published_at         timestamptz NOT NULL,
    PRIMARY KEY (plan_id, version),
    CHECK (plan_type <> 'INDIVIDUAL' OR dependants_max = 0)
);

GRANT SELECT ON insurance_plans, insurance_plan_versions TO aarokya_app;
GRANT INSERT ON insurance_plans, insurance_plan_versions TO aarokya_app;
GRANT UPDATE (version, on_sale, changed_at) ON insurance_plans TO aarokya_app;

-- The newest version only moves on.
CREATE FUNCTION insurance_plan_moves_on() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.version NOT IN (OLD.version, OLD.version + 1) THEN
        RAISE EXCEPTION 'plan % goes from version % to the next and not to %', OLD.code, OLD.version, NEW.version
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_versions_count_on';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER moves_on BEFORE UPDATE ON insurance_plans
    FOR EACH ROW EXECUTE FUNCTION insurance_plan_moves_on();

-- A price, sealed with the row's key together with what it was worked out from: birth dates are nobody's business, and a
-- total beside a plan's base premium would tell an age.
CREATE TABLE insurance_quotes (
    id              uuid        PRIMARY KEY,
    user_id         uuid        NOT NULL,
    plan_id         uuid        NOT NULL,
    plan_version    integer     NOT NULL,
    rate_version    text        NOT NULL CHECK (rate_version ~ '^[0-9a-z.-]{1,20}$'),
    content         bytea       NOT NULL,
    row_key         bytea       NOT NULL,
    row_key_version smallint    NOT NULL,
    quoted_at       timestamptz NOT NULL,
    valid_until     timestamptz NOT NULL CHECK (valid_until > quoted_at),
    FOREIGN KEY (plan_id, plan_version) REFERENCES insurance_plan_versions (plan_id, version)
);
CREATE INDEX insurance_quotes_by_end ON insurance_quotes (valid_until);
GRANT SELECT, INSERT, DELETE ON insurance_quotes TO aarokya_app;
-- For a new master key.
GRANT UPDATE (row_key, row_key_version) ON insurance_quotes TO aarokya_app;
