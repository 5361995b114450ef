-- Where a viewer may begin without the whole log, and what of the log is kept.

-- Bytes of output that the session had said, all runs together, up to and with the event.
ALTER TABLE session_event ADD COLUMN output INTEGER NOT NULL DEFAULT 0;

UPDATE session_event SET output = total.output FROM (
  SELECT id, sum(ifnull(length(bytes), 0)) OVER (PARTITION BY session ORDER BY seq) AS output
  FROM session_event) AS total
WHERE session_event.id = total.id;

-- The log of a session is one piece: events first_seq to last_seq, and nothing below.
ALTER TABLE run_session ADD COLUMN output       INTEGER NOT NULL DEFAULT 0; -- with the newest event
ALTER TABLE run_session ADD COLUMN first_seq    INTEGER NOT NULL DEFAULT 1; -- of the oldest event kept
ALTER TABLE run_session ADD COLUMN first_output INTEGER NOT NULL DEFAULT 0; -- before that event

UPDATE run_session SET output = ifnull((
  SELECT output FROM session_event WHERE session = number AND seq = last_seq), 0);

-- The state of a terminal at a place of its log. A terminal that was just made, or reset, and
-- is given `scrollback` and then `screen` is in that state.
CREATE TABLE snapshot (
  session    INTEGER NOT NULL REFERENCES run_session (number),
  seq        INTEGER NOT NULL,  -- behind this event
  ts         INTEGER NOT NULL,  -- of that event
  output     INTEGER NOT NULL,  -- of that event
  cols       INTEGER NOT NULL,
  rows       INTEGER NOT NULL,
  run        INTEGER NOT NULL,  -- which run of the session
  owner      TEXT,              -- the writer who decides the size
  scrollback BLOB    NOT NULL,  -- lines above the screen
  screen     BLOB    NOT NULL,  -- everything else
  PRIMARY KEY (session, seq)
) STRICT;
