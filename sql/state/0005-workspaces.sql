-- A directory in which a person works: its name, its settings, its environment.
CREATE TABLE workspace (
  id            TEXT    PRIMARY KEY,  -- 128-bit id
  owner         TEXT    NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  name          TEXT    NOT NULL,     -- as shown; 1 to 64 characters
  path          TEXT    NOT NULL,     -- of the directory, absolute and without links
  theme         TEXT,                 -- name of a colour
  defaults_json TEXT    NOT NULL DEFAULT '{}', -- for new shells and Claude sessions
  position      INTEGER NOT NULL,     -- order in which they are shown
  archived_at   INTEGER,              -- Unix milliseconds, as all times
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  UNIQUE (owner, path)
) STRICT, WITHOUT ROWID;

-- What programs find in their environment.
CREATE TABLE variable (
  owner      TEXT    NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  workspace  TEXT    NOT NULL,        -- workspace.id, or '': in all of the owner's
  name       TEXT    NOT NULL,
  secret     INTEGER NOT NULL CHECK (secret IN (0, 1)), -- 1: never shown again
  value      BLOB    NOT NULL,        -- the text, or of a secret: nonce (12 bytes), AES-256-GCM
                                      -- of the text, tag (16); the key is not in here
  PRIMARY KEY (owner, workspace, name)
) STRICT, WITHOUT ROWID;

-- A file that comes in pieces. The pieces lie beside the place where it will be.
CREATE TABLE upload (
  id         TEXT    PRIMARY KEY,     -- 128-bit id
  owner      TEXT    NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  workspace  TEXT    NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  path       TEXT    NOT NULL,        -- path text, beneath the workspace
  part       TEXT    NOT NULL,        -- path text of what has come so far
  size       INTEGER NOT NULL,        -- bytes that it will have
  sha256     TEXT,                    -- that it should have, lower-case hex
  replace    INTEGER NOT NULL CHECK (replace IN (0, 1)), -- 1: what is there goes to the trash
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX upload_updated ON upload (updated_at);
