/*
 * Leaves nothing behind: the benchmark proper runs in a child of ours, which may end at
 * any point. What it started and did not end itself is then ours (we are its subreaper):
 * it is waited for, and the folder of the run is removed.
 */
#ifndef DISPATCH_BENCH_KEEPER_H
#define DISPATCH_BENCH_KEEPER_H

/*
 * Makes a folder for the run. Returns twice: in the child its path; in the keeper NULL,
 * when all is over, with the child's exit status in *status.
 */
char *keeper_start(int *status);

/* Removes a folder and everything in it. */
void remove_folder(const char *path);

#endif
