/* The handlers of one's own devices, keys and identities, of people and of the audit. */
#ifndef DISPATCH_FCGI_H_ACCOUNT_H
#define DISPATCH_FCGI_H_ACCOUNT_H

#include "fcgi/route.h"

/* Answers 201 with a key, which nobody is shown again, and wipes it. Returns 0. */
int account_show_key(struct call *c, const char *id, char key[AUTH_KEY_SIZE]);

/* h_account.c */
enum { DEVICE_ID, DEVICE_ID_PARAMS };
enum { KEY_ID, KEY_ID_PARAMS };
enum { KEY_LABEL, KEY_KIND, KEY_SCOPE, KEY_DAYS, KEY_PARAMS };
enum { IDENTITY_ID, IDENTITY_ID_PARAMS };
int h_device_list(struct call *c, struct err *e);
int h_device_revoke(struct call *c, struct err *e);
int h_device_revoke_others(struct call *c, struct err *e);
int h_key_list(struct call *c, struct err *e);
int h_key_new(struct call *c, struct err *e);
int h_key_revoke(struct call *c, struct err *e);
int h_identity_list(struct call *c, struct err *e);
int h_identity_remove(struct call *c, struct err *e);

/* h_people.c */
enum { PERSON_NAME, PERSON_ROLE, PERSON_PARAMS };
enum { CHANGE_ID, CHANGE_NAME, CHANGE_ROLE, CHANGE_DISABLED, CHANGE_PARAMS };
enum { AUDIT_BEFORE, AUDIT_LIMIT, AUDIT_PERSON, AUDIT_ACTION, AUDIT_PARAMS };
int h_people_list(struct call *c, struct err *e);
int h_person_new(struct call *c, struct err *e);
int h_person_change(struct call *c, struct err *e);
int h_person_key(struct call *c, struct err *e);
int h_audit(struct call *c, struct err *e);
int h_audit_chain(struct call *c, struct err *e);

#endif
