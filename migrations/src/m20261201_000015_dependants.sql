-- Why: the families people told us about, every version of what was told kept for the policies written on it.

CREATE TABLE insurance_dependants (
    id         uuid        PRIMARY KEY,
    user_id    uuid        NOT NULL,
    -- The newest version of what was told.
    version    integer     NOT NULL CHECK (version > 0),
    -- In which order they were named.
    place      bigint      GENERATED ALWAYS AS IDENTITY,
    added_at   timestamptz NOT NULL,
    removed_at timestamptz CHECK (removed_at >= added_at)
);
CREATE INDEX insurance_dependants_of ON insurance_dependants (user_id) WHERE removed_at IS NULL;
CREATE INDEX insurance_dependants_by_end ON insurance_dependants (removed_at) WHERE removed_at IS NOT NULL;

-- What was told, sealed with the row's key: names and birth dates of people who never spoke to us.
CREATE TABLE insurance_dependant_versions (
    id              uuid        PRIMARY KEY,
    dependant_id    uuid        NOT NULL REFERENCES insurance_dependants (id) ON DELETE CASCADE,
    version         integer     NOT NULL CHECK (version > 0),
    content         bytea       NOT NULL,
    row_key         bytea       NOT NULL,
    row_key_version smallint    NOT NULL,
    told_at         timestamptz NOT NULL,
    -- When the next was told.
    superseded_at   timestamptz CHECK (superseded_at >= told_at),
    UNIQUE (dependant_id, version)
);
CREATE INDEX insurance_dependant_versions_by_end ON insurance_dependant_versions (superseded_at)
    WHERE superseded_at IS NOT NULL;

-- Nobody is without the version that is shown of them.
ALTER TABLE insurance_dependants
    ADD FOREIGN KEY (id, version) REFERENCES insurance_dependant_versions (dependant_id, version);

GRANT SELECT, INSERT, DELETE ON insurance_dependants TO aarokya_app;
GRANT UPDATE (version, removed_at) ON insurance_dependants TO aarokya_app;
-- What was told is never changed; it goes some time after it was told otherwise, or with its dependant.
GRANT SELECT, INSERT, DELETE ON insurance_dependant_versions TO aarokya_app;
-- The row's key for a new master key.
GRANT UPDATE (superseded_at, row_key, row_key_version) ON insurance_dependant_versions TO aarokya_app;

-- Versions count on, and who is off the list stays off it.
CREATE FUNCTION insurance_dependant_moves_on() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.version NOT IN (OLD.version, OLD.version + 1) THEN
        RAISE EXCEPTION 'dependant % goes from version % to the next and not to %', OLD.id, OLD.version, NEW.version
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dependant_versions_count_on';
    END IF;
    IF OLD.removed_at IS NOT NULL THEN
        RAISE EXCEPTION 'dependant % is off the list', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'removed_dependants_stay_so';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER moves_on BEFORE UPDATE ON insurance_dependants
    FOR EACH ROW EXECUTE FUNCTION insurance_dependant_moves_on();

-- Nobody disappears who was not taken off the list.
CREATE FUNCTION insurance_dependant_leaves() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.removed_at IS NULL THEN
        RAISE EXCEPTION 'dependant % is on the list', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'listed_dependants_stay';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER leaves BEFORE DELETE ON insurance_dependants
    FOR EACH ROW EXECUTE FUNCTION insurance_dependant_leaves();
