-- Who may use Dispatch, and what they did. Handlers and the `dispatch` program write; the
-- runner only reads. No secret is stored, only SHA-256 hashes of 128-bit or longer ones.

-- A person.
CREATE TABLE user (
  id         TEXT    PRIMARY KEY,  -- 128-bit id
  name       TEXT    NOT NULL,     -- as shown; 1 to 64 characters
  role       TEXT    NOT NULL CHECK (role IN ('admin', 'member', 'viewer')),
  created_at INTEGER NOT NULL      -- Unix milliseconds, as all times
) STRICT, WITHOUT ROWID;

-- Something that proves who someone is: a key of the form <prefix>_<id>_<secret>.
CREATE TABLE credential (
  id           TEXT    PRIMARY KEY, -- 128-bit id, the public part of the key
  user         TEXT    NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  kind         TEXT    NOT NULL CHECK (kind IN ('access', 'api')), -- ak_…: for people to
                                    -- sign in with; dk_…: for programs, in each request
  label        TEXT    NOT NULL,    -- what its owner calls it
  hash         BLOB    NOT NULL CHECK (length(hash) = 32), -- SHA-256 of the secret part
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER,             -- to the minute
  revoked_at   INTEGER              -- set: no longer good for anything
) STRICT, WITHOUT ROWID;

CREATE INDEX credential_user ON credential (user);

-- A browser that is signed in. It ends when it rests too long, at expires_at, when it is
-- revoked, and with the credential it was started with.
CREATE TABLE auth_session (
  token      BLOB    PRIMARY KEY CHECK (length(token) = 32), -- SHA-256 of the cookie's value
  user       TEXT    NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  credential TEXT    NOT NULL REFERENCES credential (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,      -- last request, to the minute
  expires_at INTEGER NOT NULL,
  address    TEXT    NOT NULL,      -- where the sign-in came from
  agent      TEXT    NOT NULL,      -- what the browser calls itself
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX auth_session_user ON auth_session (user);

-- The one-time code that makes the first administrator.
CREATE TABLE setup_code (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  hash       BLOB    NOT NULL CHECK (length(hash) = 32), -- SHA-256 of the code
  expires_at INTEGER NOT NULL
) STRICT;

-- How much of a limited thing someone may still do.
CREATE TABLE rate_limit (
  bucket     TEXT    PRIMARY KEY,   -- what is limited and for whom: 'sign-in 192.0.2.7'
  tokens     INTEGER NOT NULL,      -- thousandths of what is left
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX rate_limit_updated ON rate_limit (updated_at);

-- Everything that grants or uses power. Each row's hash covers the row before it, so that a
-- change or a removal in the middle shows.
CREATE TABLE audit (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,
  user    TEXT    NOT NULL,         -- user.id, or '' where nobody is signed in
  action  TEXT    NOT NULL,         -- 'key.new', 'session.create', …
  subject TEXT    NOT NULL,         -- what it was done to, or ''
  address TEXT    NOT NULL,         -- client address, or 'console'
  hash    BLOB    NOT NULL CHECK (length(hash) = 32) -- SHA-256 of the hash before and this row
) STRICT;
