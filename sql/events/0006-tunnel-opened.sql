-- People may change a tunnel's settings while it is open; what it was opened with holds until
-- it is closed. And what it does without being asked is told to the audit of state.db, which
-- may be locked at that moment.

ALTER TABLE tunnel ADD COLUMN settings_json TEXT; -- it was opened with these; NULL: it is not
ALTER TABLE tunnel ADD COLUMN notes_json    TEXT; -- lines that the audit has yet to get;
                                                  -- NULL: none
