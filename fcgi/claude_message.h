/* A message as the claude program keeps it in its conversation (see claude_history.h). */
#ifndef DISPATCH_FCGI_CLAUDE_MESSAGE_H
#define DISPATCH_FCGI_CLAUDE_MESSAGE_H

struct json_object;

/*
 * Looks for the person's message `uuid` in a conversation of the project whose folder
 * this is. Returns 1 and the line in *message (the caller calls json_object_put()), or 0
 * when there is no such file, or no such message in it.
 */
int claude_message_find(const char *folder, const char *conversation, const char *uuid,
	struct json_object **message);

#endif
