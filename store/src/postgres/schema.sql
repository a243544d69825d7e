-- One row a ledger: locking it gives positions without gaps, in the order of the commits.
CREATE TABLE IF NOT EXISTS banso_ledger (
    origin text PRIMARY KEY,
    size bigint NOT NULL,
    -- The signed head over `size` entries; null before the first.
    head text
);
CREATE TABLE IF NOT EXISTS banso_entry (
    origin text NOT NULL REFERENCES banso_ledger,
    position bigint NOT NULL CHECK (position >= 0),
    id uuid NOT NULL,
    subject text NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    bytes bytea NOT NULL,
    PRIMARY KEY (origin, position),
    UNIQUE (origin, id),
    UNIQUE (origin, subject, version)
);
CREATE OR REPLACE FUNCTION banso_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entries are only appended, never changed or removed';
END $$;
-- Created only where they are missing: CREATE OR REPLACE TRIGGER would lock out a running server.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'banso_no_change') THEN
        CREATE TRIGGER banso_no_change BEFORE UPDATE OR DELETE ON banso_entry
            FOR EACH ROW EXECUTE FUNCTION banso_append_only();
        CREATE TRIGGER banso_no_truncate BEFORE TRUNCATE ON banso_entry
            FOR EACH STATEMENT EXECUTE FUNCTION banso_append_only();
        REVOKE UPDATE, DELETE, TRUNCATE ON banso_entry FROM PUBLIC;
    END IF;
END $$;
