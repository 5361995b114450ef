-- Sessions of programs that speak in lines over pipes: Claude, later others.

ALTER TABLE run_session ADD COLUMN options_json TEXT NOT NULL DEFAULT '{}'; -- as asked for when it was made
ALTER TABLE run_session ADD COLUMN detail_json  TEXT; -- what people see of it beside the columns; by its kind
ALTER TABLE run_session ADD COLUMN private_json TEXT; -- what its adapter must remember over a restart
ALTER TABLE run_session ADD COLUMN op_noted INTEGER NOT NULL DEFAULT 0; -- id of the last command whose events are recorded
ALTER TABLE run_session ADD COLUMN op_done  INTEGER NOT NULL DEFAULT 0; -- id of the last command whose line was written

-- The beginning of a line that its program has not finished, in pieces as they came. So the
-- shim need not keep it. A piece of no bytes: what comes up to the end of the line is to be
-- skipped, because the line is too long.
CREATE TABLE partial_line (
  session INTEGER NOT NULL REFERENCES run_session (number),
  piece   INTEGER NOT NULL, -- 1, 2, 3 …
  bytes   BLOB    NOT NULL,
  PRIMARY KEY (session, piece)
) STRICT;

-- What a program asked for permission to do. It waits until a person answers, the program
-- takes it back, or the program ends.
CREATE TABLE permission_request (
  id               TEXT    PRIMARY KEY, -- 128-bit id
  session          INTEGER NOT NULL REFERENCES run_session (number),
  request          TEXT    NOT NULL,    -- what the program calls it
  tool             TEXT    NOT NULL,
  title            TEXT,
  input_json       TEXT    NOT NULL,    -- what the tool would be given, an object
  input_sha256     TEXT    NOT NULL,    -- of input_json; who answers names what they saw
  suggestions_json TEXT    NOT NULL,    -- rules that may be kept with an "allow", an array
  suppress_always  INTEGER NOT NULL,    -- 1: nothing is to be kept
  reason           TEXT,                -- why the program asks
  blocked_path     TEXT,
  parent_tool      TEXT,                -- the tool call inside which it asks
  tool_use_id      TEXT    NOT NULL,
  state            TEXT    NOT NULL CHECK (state IN ('pending', 'answered', 'withdrawn')),
  requested_at     INTEGER NOT NULL,
  answered_at      INTEGER,             -- or withdrawn
  answered_by      TEXT,                -- user.id in state.db
  decision         TEXT CHECK (decision IN ('allow', 'deny')),
  message          TEXT,                -- of a denial
  command          INTEGER              -- command.id of the answer that counted
) STRICT;

CREATE INDEX permission_request_session ON permission_request (session, requested_at);
CREATE INDEX permission_request_pending ON permission_request (session) WHERE state = 'pending';
