-- The event log and what it is about. The runner is the only writer; handlers read.

-- A run session: something that runs (or ran) and everything it has said.
CREATE TABLE run_session (
  number       INTEGER PRIMARY KEY AUTOINCREMENT, -- short key for the log; never reused
  id           TEXT    NOT NULL UNIQUE,      -- 128-bit id, the one that people see
  owner        TEXT    NOT NULL,             -- user.id in state.db
  kind         TEXT    NOT NULL,             -- adapter: 'pty'
  title        TEXT    NOT NULL,
  status       TEXT    NOT NULL CHECK (status IN ('creating', 'starting', 'running',
                 'stopping', 'exited', 'failed', 'lost', 'unreachable')),
  attention    TEXT    NOT NULL DEFAULT 'none' CHECK (attention IN
                 ('none', 'working', 'waiting', 'done', 'error')),
  cwd          TEXT    NOT NULL,             -- where the program starts
  command_json TEXT    NOT NULL,             -- its argv, an array of strings
  env_json     TEXT    NOT NULL,             -- variables of this session, an object
  cols         INTEGER NOT NULL,
  rows         INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,             -- Unix milliseconds, as all times
  updated_at   INTEGER NOT NULL,
  started_at   INTEGER,                      -- of the present run
  ended_at     INTEGER,                      -- of the last run
  exit_code    INTEGER,                      -- of the last run, when it exited
  exit_signal  INTEGER,                      -- of the last run, when a signal ended it
  error_code   TEXT,                         -- why it failed or was lost
  error_text   TEXT,
  preview      TEXT    NOT NULL DEFAULT '',  -- last line of output, plain text
  run          INTEGER NOT NULL DEFAULT 1,   -- 1, 2, 3 …: how often it was started
  last_seq     INTEGER NOT NULL DEFAULT 0,   -- seq of the newest event
  ring_offset  INTEGER NOT NULL DEFAULT 0,   -- output of the shim handled so far, in bytes
  input_done   INTEGER NOT NULL DEFAULT 0,   -- k of the last input that is settled
  command_done INTEGER NOT NULL DEFAULT 0,   -- id of the last command applied
  cookie       BLOB    NOT NULL,             -- what the shim asks of who connects
  boot_id      TEXT    NOT NULL,             -- boot in which the present run was started
  deleted_at   INTEGER                       -- set: invisible, its events are being pruned
) STRICT;

CREATE INDEX run_session_owner ON run_session (owner, created_at);

-- The log. Never changed, only appended to and pruned.
CREATE TABLE session_event (
  id        INTEGER PRIMARY KEY AUTOINCREMENT, -- global order
  session   INTEGER NOT NULL REFERENCES run_session (number),
  seq       INTEGER NOT NULL,                  -- 1, 2, 3 … in the session, without holes
  ts        INTEGER NOT NULL,                  -- Unix milliseconds
  channel   TEXT    NOT NULL,                  -- 'pty:output'
  type      TEXT    NOT NULL,                  -- 'output'
  bytes     BLOB,                              -- either exact bytes
  data_json TEXT,                              -- or JSON
  CHECK ((bytes IS NULL) <> (data_json IS NULL))
) STRICT;

CREATE UNIQUE INDEX session_event_seq ON session_event (session, seq);

-- The runner itself. The generation grows with each start; a shim obeys the highest it saw.
CREATE TABLE runner (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  generation INTEGER NOT NULL,
  pid        INTEGER NOT NULL,
  started_at INTEGER NOT NULL
) STRICT;
