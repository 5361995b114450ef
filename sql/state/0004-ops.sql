-- What only sessions of one kind understand is an 'op'. Its body is one line of JSON that
-- begins with {"op":…, then the data of the event to record, then the line for the program.
CREATE TABLE command_new (
  id       INTEGER PRIMARY KEY AUTOINCREMENT, -- the order in which commands are applied
  session  TEXT    NOT NULL,  -- run_session.id in events.db
  user     TEXT    NOT NULL,  -- who asked: user.id
  kind     TEXT    NOT NULL CHECK (kind IN ('create', 'input', 'resize', 'signal', 'stop',
             'resume', 'rename', 'delete', 'op')),
  k        INTEGER,           -- of an input: 1, 2, 3 … in the session
  deadline INTEGER,           -- of an input: Unix milliseconds after which it is dropped
  body     BLOB    NOT NULL,  -- the bytes of an input; of an op see above; else JSON
  CHECK ((kind = 'input') = (k IS NOT NULL)),
  CHECK ((kind = 'input') = (deadline IS NOT NULL))
) STRICT;

INSERT INTO command_new SELECT id, session, user, kind, k, deadline, body FROM command;

-- Ids must never come again, even when the table is empty now.
INSERT INTO sqlite_sequence (name, seq) SELECT 'command_new', 0
  WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'command_new');
UPDATE sqlite_sequence SET seq = max(seq, ifnull(
  (SELECT seq FROM sqlite_sequence WHERE name = 'command'), 0)) WHERE name = 'command_new';

DROP TABLE command;
ALTER TABLE command_new RENAME TO command;
