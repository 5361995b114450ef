-- Sessions belong to a workspace; and what the file editor did.

ALTER TABLE run_session ADD COLUMN workspace TEXT; -- workspace.id in state.db; NULL: of none

CREATE INDEX run_session_workspace ON run_session (workspace);

-- Contents of files, each once: what was opened, saved and drafted. One that no session
-- uses any more goes away.
CREATE TABLE content (
  sha256     BLOB    PRIMARY KEY CHECK (length(sha256) = 32), -- of the bytes
  bytes      BLOB    NOT NULL,
  created_at INTEGER NOT NULL         -- Unix milliseconds, as all times
) STRICT;

-- Which sessions have told of a content: they may read it, and it stays for them.
CREATE TABLE session_content (
  session INTEGER NOT NULL REFERENCES run_session (number),
  content BLOB    NOT NULL REFERENCES content (sha256),
  used_at INTEGER NOT NULL,           -- last told of
  PRIMARY KEY (session, content)
) STRICT, WITHOUT ROWID;

CREATE INDEX session_content_content ON session_content (content);
CREATE INDEX session_content_used ON session_content (used_at);

-- What a session did to a file: its history.
CREATE TABLE file_version (
  session   INTEGER NOT NULL REFERENCES run_session (number),
  seq       INTEGER NOT NULL,         -- of the event that tells it
  owner     TEXT    NOT NULL,         -- user.id in state.db
  workspace TEXT    NOT NULL,
  path      TEXT    NOT NULL,         -- path text, beneath the workspace
  operation TEXT    NOT NULL CHECK (operation IN
              ('open', 'save', 'create', 'rename', 'delete', 'restore', 'changed')),
  path_to   TEXT,                     -- of a rename
  by        TEXT,                     -- who asked: user.id; NULL: somebody else did it
  before    BLOB,                     -- content.sha256; NULL: no file, or not kept
  after     BLOB,
  added     INTEGER NOT NULL DEFAULT 0, -- lines
  removed   INTEGER NOT NULL DEFAULT 0,
  at        INTEGER NOT NULL,
  PRIMARY KEY (session, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX file_version_path ON file_version (workspace, path, at);
CREATE INDEX file_version_at ON file_version (at);
CREATE INDEX file_version_rename ON file_version (workspace) WHERE operation = 'rename';
CREATE INDEX file_version_after ON file_version (after);

-- Text that was typed and not saved.
CREATE TABLE draft (
  session    INTEGER NOT NULL REFERENCES run_session (number),
  path       TEXT    NOT NULL,        -- path text, beneath the workspace
  base       BLOB,                    -- content.sha256 of what it began with; NULL: a new file
  content    BLOB    NOT NULL REFERENCES content (sha256),
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (session, path)
) STRICT, WITHOUT ROWID;
