-- AUTOINCREMENT notes the highest id in a page of its own, which each key that is pressed would
-- write. Ids must never come again all the same: the row with the highest one stays, as nobody's
-- and empty, until there is a higher one.
CREATE TABLE command_new (
  id       INTEGER PRIMARY KEY,   -- the order in which commands are applied
  session  TEXT    NOT NULL,  -- run_session.id in events.db; '': only its id counts
  user     TEXT    NOT NULL,  -- who asked: user.id
  kind     TEXT    NOT NULL CHECK (kind IN ('create', 'input', 'resize', 'signal', 'stop',
             'resume', 'rename', 'delete', 'op')),
  k        INTEGER,           -- of an input: 1, 2, 3 … in the session
  deadline INTEGER,           -- of an input: Unix milliseconds after which it is dropped
  body     BLOB    NOT NULL,  -- the bytes of an input; of an op see 0004; else JSON
  sign_in  TEXT,              -- with which sign-in or key it was asked for; see 0006
  CHECK ((kind = 'input') = (k IS NOT NULL)),
  CHECK ((kind = 'input') = (deadline IS NOT NULL))
) STRICT;

INSERT INTO command_new SELECT id, session, user, kind, k, deadline, body, sign_in FROM command;

INSERT INTO command_new (id, session, user, kind, body)
  SELECT seq, '', '', 'stop', x'' FROM sqlite_sequence WHERE name = 'command'
    AND seq > ifnull((SELECT max(id) FROM command), 0);

DROP TABLE command;
ALTER TABLE command_new RENAME TO command;

CREATE TRIGGER command_keep_id AFTER DELETE ON command
  WHEN NOT EXISTS (SELECT 1 FROM command WHERE id > old.id)
BEGIN
  INSERT INTO command (id, session, user, kind, body) VALUES (old.id, '', '', 'stop', x'');
END;
