-- The way from a handler to the runner. Handlers add rows, the runner applies them in the
-- order of their ids and deletes them.

CREATE TABLE command (
  id       INTEGER PRIMARY KEY AUTOINCREMENT, -- the order in which commands are applied
  session  TEXT    NOT NULL,  -- run_session.id in events.db
  user     TEXT    NOT NULL,  -- who asked: user.id
  kind     TEXT    NOT NULL CHECK (kind IN
             ('create', 'input', 'resize', 'signal', 'stop', 'resume', 'rename', 'delete')),
  k        INTEGER,           -- of an input: 1, 2, 3 … in the session
  deadline INTEGER,           -- of an input: Unix milliseconds after which it is dropped
  body     BLOB    NOT NULL,  -- the bytes of an input; else JSON
  CHECK ((kind = 'input') = (k IS NOT NULL)),
  CHECK ((kind = 'input') = (deadline IS NOT NULL))
) STRICT;

-- The runner takes the commands of one session at a time.
CREATE INDEX command_session ON command (session, id);

-- How far each writer (one tab of one browser, say) has come in a session, so that an input
-- that is sent twice is stored once.
CREATE TABLE writer (
  session    TEXT    NOT NULL,
  writer     TEXT    NOT NULL, -- 128-bit id made by the client
  n          INTEGER NOT NULL, -- the writer's last accepted input: 1, 2, 3 …
  updated_at INTEGER NOT NULL, -- Unix milliseconds
  PRIMARY KEY (session, writer)
) STRICT, WITHOUT ROWID;

-- The k of the last input accepted for a session, from whichever writer.
CREATE TABLE input_count (
  session TEXT    PRIMARY KEY,
  k       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
