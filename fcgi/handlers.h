/*
 * The handlers, and the indexes of their parameters, which the parameter tables of
 * the domains follow. What a handler may count on: every check of its row was made.
 */
#ifndef DISPATCH_FCGI_HANDLERS_H
#define DISPATCH_FCGI_HANDLERS_H

#include "fcgi/route.h"

/* h_health.c */
int h_health(struct call *c, struct err *e);

/* h_auth.c */
enum { SETUP_CODE, SETUP_NAME, SETUP_PARAMS };
enum {
	LOGIN_PROVIDER,
	LOGIN_KEY,
	LOGIN_DEVICE_CODE,
	LOGIN_OAUTH_CODE,
	LOGIN_STATE,
	LOGIN_PARAMS
};
enum { BEGIN_PROVIDER, BEGIN_PARAMS };
int h_setup(struct call *c, struct err *e);
int h_auth_config(struct call *c, struct err *e);
int h_begin(struct call *c, struct err *e);
int h_link(struct call *c, struct err *e);
int h_login(struct call *c, struct err *e);
int h_me(struct call *c, struct err *e);
int h_logout(struct call *c, struct err *e);

/* h_sessions.c; wherever a session is named, its id is the first parameter */
enum { SESSION_ID, SESSION_PARAMS };
enum {
	CREATE_KIND,
	CREATE_TITLE,
	CREATE_CWD,
	CREATE_COMMAND,
	CREATE_ENV,
	CREATE_COLS,
	CREATE_ROWS,
	CREATE_WRITER,
	CREATE_OPTIONS,
	CREATE_WORKSPACE,
	CREATE_PARAMS
};
enum { RENAME_TITLE = SESSION_PARAMS, RENAME_PARAMS };
enum { DELETE_FORCE = SESSION_PARAMS, DELETE_PARAMS };
int h_session_list(struct call *c, struct err *e);
int h_session_create(struct call *c, struct err *e);
int h_session_get(struct call *c, struct err *e);
int h_session_rename(struct call *c, struct err *e);
int h_session_delete(struct call *c, struct err *e);

/* h_run.c */
enum { INPUT_WRITER = SESSION_PARAMS, INPUT_NUMBER, INPUT_TTL, INPUT_PARAMS };
enum { SIZE_COLS = SESSION_PARAMS, SIZE_ROWS, SIZE_WRITER, SIZE_PARAMS };
enum { SIGNAL_NAME = SESSION_PARAMS, SIGNAL_PARAMS };
int h_input(struct call *c, struct err *e);
int h_resize(struct call *c, struct err *e);
int h_signal(struct call *c, struct err *e);
int h_stop(struct call *c, struct err *e);
int h_resume(struct call *c, struct err *e);

/* h_claude.c */
enum { MESSAGE_UUID = SESSION_PARAMS, MESSAGE_TEXT, MESSAGE_IMAGES, MESSAGE_PARAMS };
enum { INTERRUPT_QUEUED = SESSION_PARAMS, INTERRUPT_PARAMS };
enum { MODE_MODE = SESSION_PARAMS, MODE_PARAMS };
enum { MODEL_MODEL = SESSION_PARAMS, MODEL_PARAMS };
enum { THINKING_TOKENS = SESSION_PARAMS, THINKING_PARAMS };
enum { CANCEL_UUID = SESSION_PARAMS, CANCEL_PARAMS };
int h_claude_message(struct call *c, struct err *e);
int h_claude_interrupt(struct call *c, struct err *e);
int h_claude_mode(struct call *c, struct err *e);
int h_claude_model(struct call *c, struct err *e);
int h_claude_thinking(struct call *c, struct err *e);
int h_claude_cancel(struct call *c, struct err *e);

/* h_claude_past.c */
enum { IMAGES_MESSAGE = SESSION_PARAMS, IMAGES_PARAMS };
enum { HISTORY_WORKSPACE, HISTORY_CWD, HISTORY_MOST, HISTORY_AFTER, HISTORY_PARAMS };
enum { COMMANDS_WORKSPACE, COMMANDS_CWD, COMMANDS_PARAMS };
enum { FOUND_WORKSPACE, FOUND_CWD, FOUND_QUERY, FOUND_PARAMS };
int h_claude_images(struct call *c, struct err *e);
int h_claude_history(struct call *c, struct err *e);
int h_claude_commands(struct call *c, struct err *e);
int h_claude_files(struct call *c, struct err *e);

/* h_claude_status.c */
enum { STATUS_WORKSPACE, STATUS_PARAMS };
int h_claude_status(struct call *c, struct err *e);

/* h_permissions.c */
enum { PERMISSIONS_STATE, PERMISSIONS_SESSION, PERMISSIONS_PARAMS };
enum {
	ANSWER_ID,
	ANSWER_DECISION,
	ANSWER_HASH,
	ANSWER_MESSAGE,
	ANSWER_INPUT,
	ANSWER_REMEMBER,
	ANSWER_INTERRUPT,
	ANSWER_MODE,
	ANSWER_PARAMS
};
int h_permission_list(struct call *c, struct err *e);
int h_permission_answer(struct call *c, struct err *e);

/* h_events.c */
enum {
	EVENTS_AFTER = SESSION_PARAMS,
	EVENTS_BEFORE,
	EVENTS_LIMIT,
	EVENTS_CHANNEL,
	EVENTS_PARAMS
};
int h_events(struct call *c, struct err *e);
enum { SNAPSHOT_BEFORE = SESSION_PARAMS, SNAPSHOT_PARAMS };
int h_snapshot(struct call *c, struct err *e);

/* h_stream.c */
enum { STREAM_SESSIONS, STREAM_JUMP, STREAM_WINDOW, STREAM_PARAMS };
enum { ACK_STREAM, ACK_COUNT, ACK_PARAMS };
int h_stream(struct call *c, struct err *e);
int h_ack(struct call *c, struct err *e);

#endif
