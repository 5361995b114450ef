-- What people want of tunnels. Handlers write; the runner reads, and tells in table tunnel
-- of events.db how far it has come.

CREATE TABLE tunnel_order (
  kind          TEXT    PRIMARY KEY,          -- 'localtunnel', …
  settings_json TEXT    NOT NULL DEFAULT '{}', -- of the kind, an object
  number        INTEGER NOT NULL DEFAULT 0,   -- of the last order: 1, 2, 3 …; 0: none ever
  action        TEXT    NOT NULL DEFAULT 'stop' CHECK (action IN
                  ('start', 'stop', 'unregister')),
  user          TEXT    NOT NULL DEFAULT '',  -- who gave it: user.id
  at            INTEGER NOT NULL DEFAULT 0    -- when; Unix milliseconds, as all times
) STRICT, WITHOUT ROWID;
