-- More ways to sign in, more people, and what each of their devices and keys may do.

ALTER TABLE user ADD COLUMN disabled_at INTEGER; -- set: may not do anything any more

-- How far the key reaches at most: to read; to drive sessions too; to whatever its owner may.
ALTER TABLE credential ADD COLUMN scope TEXT NOT NULL DEFAULT 'admin'
  CHECK (scope IN ('read', 'drive', 'admin'));
ALTER TABLE credential ADD COLUMN expires_at INTEGER; -- null: never

-- With which sign-in or key it was asked for: auth_session.id or credential.id. When that is
-- revoked, what still waits is refused.
ALTER TABLE command ADD COLUMN sign_in TEXT;

-- Who someone is elsewhere.
CREATE TABLE identity (
  id         TEXT    PRIMARY KEY,  -- 128-bit id
  provider   TEXT    NOT NULL,     -- 'github'
  subject    TEXT    NOT NULL,     -- whom the provider means, whatever they are called there
  user       TEXT    NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  name       TEXT    NOT NULL,     -- what they were called there when last seen
  linked     INTEGER NOT NULL CHECK (linked IN (0, 1)), -- 1: by the person, so that no list
                                   -- of the provider's people has to name them
  created_at INTEGER NOT NULL,     -- Unix milliseconds, as all times
  seen_at    INTEGER NOT NULL,     -- last sign-in
  UNIQUE (provider, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX identity_user ON identity (user);

-- A sign-in that began and led elsewhere: good for one return, to the same browser.
CREATE TABLE oauth_state (
  hash       BLOB    PRIMARY KEY CHECK (length(hash) = 32), -- SHA-256 of the state
  provider   TEXT    NOT NULL,
  browser    BLOB    NOT NULL CHECK (length(browser) = 32), -- SHA-256 of its cookie's value
  user       TEXT    REFERENCES user (id) ON DELETE CASCADE, -- to be linked; null: sign in
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A device that waits to be let in (RFC 8628), or that is expected and let in already.
CREATE TABLE device_grant (
  device     BLOB    PRIMARY KEY CHECK (length(device) = 32), -- SHA-256 of the device code
  user_code  TEXT    UNIQUE,       -- eight letters; null: the device brings the code itself
  client     TEXT    NOT NULL,     -- what the program calls itself
  address    TEXT    NOT NULL,     -- where it asked from
  agent      TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  interval   INTEGER NOT NULL,     -- milliseconds between two questions at least
  polled_at  INTEGER NOT NULL,     -- last question; 0: none
  state      TEXT    NOT NULL CHECK (state IN ('pending', 'approved', 'denied')),
  user       TEXT    REFERENCES user (id) ON DELETE CASCADE, -- who answered
  sign_in    TEXT,                 -- with which of their sign-ins
  scope      TEXT    NOT NULL CHECK (scope IN ('read', 'drive', 'admin')),
  CHECK ((state = 'pending') = (user IS NULL))
) STRICT, WITHOUT ROWID;

-- A sign-in has a name that may be shown, knows how it was made, and when who uses it last
-- proved who they are. It no longer needs a key.
CREATE TABLE auth_session_new (
  token      BLOB    PRIMARY KEY CHECK (length(token) = 32), -- SHA-256 of the cookie's value
  id         TEXT    NOT NULL UNIQUE, -- 128-bit id
  user       TEXT    NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  provider   TEXT    NOT NULL,      -- 'access-key', 'github', …
  credential TEXT    REFERENCES credential (id) ON DELETE CASCADE, -- the key, if it was one:
                                    -- revoked with it
  identity   TEXT    REFERENCES identity (id) ON DELETE CASCADE,   -- the same
  created_at INTEGER NOT NULL,
  fresh_at   INTEGER NOT NULL,      -- when they last proved who they are; 0: another device did
  seen_at    INTEGER NOT NULL,      -- last request, to the minute
  expires_at INTEGER NOT NULL,
  address    TEXT    NOT NULL,      -- where the sign-in came from
  agent      TEXT    NOT NULL,      -- what the browser calls itself
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO auth_session_new
  SELECT token, substr(replace(replace(replace(replace(lower(hex(randomblob(16))),
      '0', 'g'), '1', 'h'), '8', 'i'), '9', 'j'), 1, 26), user, 'access-key', credential,
    NULL, created_at, created_at, seen_at, expires_at, address, agent, revoked_at
  FROM auth_session;

DROP TABLE auth_session;
ALTER TABLE auth_session_new RENAME TO auth_session;
CREATE INDEX auth_session_user ON auth_session (user);
