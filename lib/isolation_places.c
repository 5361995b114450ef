/* See isolation_places.h. */
#include "config.h"

#include "lib/isolation_places.h"

const struct place isolation_places[] = {
	{"/dev", KEEP, CLOSED},
	{"/tmp", KEEP, CLOSED},
	{"/var/tmp", KEEP, CLOSED},
	{"~/.cache", KEEP, PROJECT},

	/* What runs by itself at the next sign-in: of a home that is a workspace. */
	{"~/.bash_login", PIN, PROJECT},
	{"~/.bash_logout", PIN, PROJECT},
	{"~/.bash_profile", PIN, PROJECT},
	{"~/.bashrc", PIN, PROJECT},
	{"~/.config/autostart", PIN, PROJECT},
	{"~/.config/fish", PIN, PROJECT},
	{"~/.config/git", PIN, PROJECT},
	{"~/.config/systemd", PIN, PROJECT},
	{"~/.gitconfig", PIN, PROJECT},
	{"~/.local/bin", PIN, PROJECT},
	{"~/.pam_environment", PIN, PROJECT},
	{"~/.profile", PIN, PROJECT},
	{"~/.tmux.conf", PIN, PROJECT},
	{"~/.zprofile", PIN, PROJECT},
	{"~/.zshenv", PIN, PROJECT},
	{"~/.zshrc", PIN, PROJECT},
	{"~/bin", PIN, PROJECT},

	/* Who would start a program for them outside of the session. */
	{"/run/containerd", HIDE, ALL},
	{"/run/docker.sock", HIDE, ALL},
	{"/run/libvirt", HIDE, ALL},
	{"/run/podman", HIDE, ALL},
	{"/var/lib/incus/unix.socket", HIDE, ALL},
	{"/var/lib/lxd/unix.socket", HIDE, ALL},
	{"/var/snap/lxd/common/lxd/unix.socket", HIDE, ALL},
	{"@run/bus", HIDE, OPEN},
	{"@run/docker.sock", HIDE, OPEN},
	{"@run/podman", HIDE, OPEN},
	{"@run/systemd", HIDE, OPEN},
	{"@run", HIDE, CLOSED},
	{"/run/dbus", HIDE, CLOSED},
	{"/tmp/.X11-unix", HIDE, CLOSED},
	{"/tmp/tmux-@uid", OWN, APART},

	/* Secrets of the person. */
	{"~/.Xauthority", HIDE, CLOSED},
	{"~/.aws", HIDE, CLOSED},
	{"~/.azure", HIDE, CLOSED},
	{"~/.bash_history", HIDE, CLOSED},
	{"~/.cargo/credentials", HIDE, CLOSED},
	{"~/.cargo/credentials.toml", HIDE, CLOSED},
	{"~/.config/chromium", HIDE, CLOSED},
	{"~/.config/gcloud", HIDE, CLOSED},
	{"~/.config/gh", HIDE, CLOSED},
	{"~/.config/git/credentials", HIDE, CLOSED},
	{"~/.config/glab-cli", HIDE, CLOSED},
	{"~/.config/google-chrome", HIDE, CLOSED},
	{"~/.config/hub", HIDE, CLOSED},
	{"~/.config/op", HIDE, CLOSED},
	{"~/.config/rclone", HIDE, CLOSED},
	{"~/.docker", HIDE, CLOSED},
	{"~/.gem/credentials", HIDE, CLOSED},
	{"~/.git-credentials", HIDE, CLOSED},
	{"~/.gnupg", HIDE, CLOSED},
	{"~/.kube", HIDE, CLOSED},
	{"~/.local/share/keyrings", HIDE, CLOSED},
	{"~/.mozilla", HIDE, CLOSED},
	{"~/.netrc", HIDE, CLOSED},
	{"~/.npmrc", HIDE, CLOSED},
	{"~/.password-store", HIDE, CLOSED},
	{"~/.pgpass", HIDE, CLOSED},
	{"~/.pypirc", HIDE, CLOSED},
	{"~/.ssh", HIDE, CLOSED},
	{"~/.terraform.d/credentials.tfrc.json", HIDE, CLOSED},
	{"~/.vault-token", HIDE, CLOSED},
	{"~/.zsh_history", HIDE, CLOSED},
};

const struct name isolation_names[] = {
	{"DBUS_SESSION_BUS_ADDRESS", ALL},
	{"SSH_AUTH_SOCK", CLOSED},
	{"XDG_RUNTIME_DIR", CLOSED},
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

const size_t isolation_place_count = COUNT(isolation_places);
const size_t isolation_name_count = COUNT(isolation_names);
