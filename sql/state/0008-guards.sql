-- A bucket that is full again says nothing and goes; when there are too many, the one goes that
-- is full first.
DELETE FROM rate_limit;
ALTER TABLE rate_limit ADD COLUMN full_at INTEGER NOT NULL DEFAULT 0; -- Unix milliseconds
DROP INDEX rate_limit_updated;
CREATE INDEX rate_limit_full ON rate_limit (full_at);
