-- A key that is pressed is one transaction, and each page that it changes is written and read
-- again by everybody. So how far a session's inputs have come now stands beside how far its
-- writers have, as the writer ''; and commands, which are few at any time, have no index.
INSERT INTO writer (session, writer, n, updated_at) SELECT session, '', k, 0 FROM input_count;

DROP TABLE input_count;

DROP INDEX command_session;
