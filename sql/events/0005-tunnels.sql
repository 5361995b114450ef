-- Tunnels: programs that make this machine reachable from elsewhere. What people want of
-- them stands in table tunnel_order of state.db.

CREATE TABLE tunnel (
  kind        TEXT    PRIMARY KEY,        -- 'localtunnel', …
  state       TEXT    NOT NULL CHECK (state IN
                ('off', 'starting', 'login', 'open', 'retrying', 'failed')),
  number      INTEGER NOT NULL DEFAULT 0, -- of the last order that was obeyed
  stage       INTEGER NOT NULL DEFAULT 0, -- which of the kind's programs it is about
  since       INTEGER NOT NULL,           -- when the state began; Unix milliseconds
  ends_at     INTEGER,                    -- when it closes by itself; NULL: it does not
  retry_at    INTEGER,                    -- when it is tried again
  tries       INTEGER NOT NULL DEFAULT 0, -- failures in a row
  url         TEXT,                       -- while it is open
  host        TEXT,                       -- of one to this server: what it is called there
  login_url   TEXT,                       -- where a person signs the program in
  login_code  TEXT,
  login_until INTEGER,                    -- when the code ends
  error_code  TEXT,                       -- why it failed, or closed
  error_text  TEXT,
  health_at   INTEGER,                    -- when its address was last asked
  health_text TEXT,                       -- what was wrong with the answer; NULL: nothing
  server      TEXT    NOT NULL DEFAULT '' -- the boot in which the server was last started
) STRICT, WITHOUT ROWID;

-- The last lines of each, in a ring: line n stands in slot n modulo its size.
CREATE TABLE tunnel_line (
  kind TEXT    NOT NULL,
  slot INTEGER NOT NULL,
  n    INTEGER NOT NULL,                  -- 0, 1, 2 …
  at   INTEGER NOT NULL,
  text TEXT    NOT NULL,
  PRIMARY KEY (kind, slot)
) STRICT, WITHOUT ROWID;
