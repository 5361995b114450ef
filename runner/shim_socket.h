/* Frames of the shim, to and from the runner and those who would like to be it. */
#ifndef RUNNER_SHIM_SOCKET_H
#define RUNNER_SHIM_SOCKET_H

#include <stddef.h>

#include "runner/shim_proto.h"

struct shim;
struct shim_frame;
struct shim_talk;
struct shim_view;

/* A frame in the one buffer there is: it is sent before the next one begins. */
void shim_socket_begin(struct shim *, struct shim_frame *, enum shim_frame_type);

/* 0 sent, 1 the socket is full, -1 the connection is useless. The descriptors stay the
 * caller's. */
int shim_socket_send(int conn, struct shim_frame *, const int *fds, size_t nfds);

/* 1: a frame, until the next one is received; 0: nothing there; -1: hang up. */
int shim_socket_receive(struct shim_talk *, int conn, struct shim_view *);

/* The runner is gone, and nothing has to be told. */
void shim_socket_hang_up(struct shim_talk *);

#endif
