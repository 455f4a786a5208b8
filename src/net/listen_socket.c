/* SPDX-License-Identifier: MIT
 *
 * listen_socket: the steps from socket(2) to listen(2), in order, each with the
 * sentence for its failure. Options are set on the listening socket because
 * Linux gives them to the accepted ones, which spares calls for each of those.
 */
#include "net/listen_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/sockinfo.h"

/* One setsockopt(2) of a listener, and how the configuration names it. */
struct option {
	const char *key;
	int level;
	int name;
	int64_t value;
	bool is_wanted;
};

static int
fail(struct text *ret_error, int error, const char *what)
{
	text_put_format(ret_error, "%s: %s", what, strerror(error));
	return -error;
}

static int
say_option_failed(const struct option *option, int error, struct text *ret_error)
{
	const bool is_unknown = error == ENOPROTOOPT || error == EOPNOTSUPP;

	text_put_format(ret_error, "%s: ", option->key);
	return fail(ret_error, error,
	    is_unknown ? "the kernel has no such option for this transport" : "setsockopt");
}

static int
set_options(int fd, const struct option *options, size_t count, struct text *ret_error)
{
	for (size_t i = 0; i < count; i++) {
		int value = (int)options[i].value;

		if (!options[i].is_wanted)
			continue;
		if (setsockopt(fd, options[i].level, options[i].name, &value, sizeof(value)) != 0)
			return say_option_failed(&options[i], errno, ret_error);
	}
	return 0;
}

static int
set_buffer_options(int fd, const struct config_listener *config, struct text *ret_error)
{
	const struct option options[] = {
		{ "send_buffer", SOL_SOCKET, SO_SNDBUF, config->send_buffer,
		    config->send_buffer > 0 },
		{ "receive_buffer", SOL_SOCKET, SO_RCVBUF, config->receive_buffer,
		    config->receive_buffer > 0 },
	};

	return set_options(fd, options, sizeof(options) / sizeof(options[0]), ret_error);
}

static int
set_tcp_options(
    int fd, const struct config_listener *config, bool share_port, struct text *ret_error)
{
	const bool alive = config->keepalive;
	const struct option options[] = {
		{ "reuse_address", SOL_SOCKET, SO_REUSEADDR, 1, true },
		{ "reuse_port", SOL_SOCKET, SO_REUSEPORT, 1, config->reuse_port || share_port },
		{ "nodelay", IPPROTO_TCP, TCP_NODELAY, 1, config->nodelay },
		{ "keepalive", SOL_SOCKET, SO_KEEPALIVE, 1, alive },
		{ "keepalive_idle", IPPROTO_TCP, TCP_KEEPIDLE,
		    config->keepalive_idle_us / CLOCK_SECOND_US, alive },
		{ "keepalive_interval", IPPROTO_TCP, TCP_KEEPINTVL,
		    config->keepalive_interval_us / CLOCK_SECOND_US, alive },
		{ "keepalive_count", IPPROTO_TCP, TCP_KEEPCNT, config->keepalive_count, alive },
		{ "user_timeout", IPPROTO_TCP, TCP_USER_TIMEOUT, config->user_timeout_us / 1000,
		    config->user_timeout_us > 0 },
		{ "defer_accept", IPPROTO_TCP, TCP_DEFER_ACCEPT,
		    config->defer_accept_us / CLOCK_SECOND_US, config->defer_accept_us > 0 },
		{ "fastopen", IPPROTO_TCP, TCP_FASTOPEN, config->fastopen, config->fastopen > 0 },
	};

	return set_options(fd, options, sizeof(options) / sizeof(options[0]), ret_error);
}

/* SCTP has its own keep-alive (heartbeats, RFC 9260 8.3) and no TCP options. */
static int
set_sctp_options(int fd, bool share_port, struct text *ret_error)
{
	const struct option options[] = {
		{ "reuse_address", SOL_SOCKET, SO_REUSEADDR, 1, true },
		{ "reuse_port", SOL_SOCKET, SO_REUSEPORT, 1, share_port },
	};

	return set_options(fd, options, sizeof(options) / sizeof(options[0]), ret_error);
}

static int
set_v6only(int fd, const struct config_listener *config, const struct address *address,
    struct text *ret_error)
{
	const struct option option = { "v6only", IPPROTO_IPV6, IPV6_V6ONLY, config->v6only,
		address->any.sa_family == AF_INET6 };

	return set_options(fd, &option, 1, ret_error);
}

int
listen_socket_set_options(int fd, const struct config_listener *config,
    const struct transport *transport, bool share_port, struct text *ret_error)
{
	int result = set_buffer_options(fd, config, ret_error);

	if (result != 0 || transport->domain == AF_UNIX)
		return result;
	if (transport->protocol == IPPROTO_SCTP)
		return set_sctp_options(fd, share_port, ret_error);
	return set_tcp_options(fd, config, share_port, ret_error);
}

static int
configure(int fd, const struct config_listener *config, const struct transport *transport,
    const struct address *address, bool share_port, struct text *ret_error)
{
	int result = set_v6only(fd, config, address, ret_error);

	if (result != 0)
		return result;
	return listen_socket_set_options(fd, config, transport, share_port, ret_error);
}

/* Whether somebody listens on the Unix socket at `address`. Of a socket file
 * without a listener connect(2) says ECONNREFUSED. */
static bool
is_live_unix(const struct transport *transport, const struct address *address)
{
	struct text ignored = text_over(NULL, 0);
	int fd = transport_socket(transport, address, &ignored);
	int error;

	if (fd < 0)
		return true;
	error = connect(fd, &address->any, address->len) == 0 ? 0 : errno;
	(void)close(fd);
	return error != ECONNREFUSED;
}

static bool
is_socket_file(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

static int
say_bind_failed(const struct address *address, int error, struct text *ret_error)
{
	text_put_string(ret_error, "bind to ");
	address_put(ret_error, address);
	text_put_format(ret_error, ": %s", strerror(error));
	if (error == EADDRINUSE)
		text_put_string(ret_error,
		    "; another process listens there: stop it, or choose "
		    "another address or port");
	else if (error == EACCES)
		text_put_string(ret_error,
		    "; a port below 1024 needs CAP_NET_BIND_SERVICE, a "
		    "Unix socket a directory that may be written");
	else if (error == EADDRNOTAVAIL)
		text_put_string(ret_error, "; no interface of this machine has that address");
	return -error;
}

static int
bind_address(int fd, const struct transport *transport, const struct address *address,
    struct text *ret_error)
{
	int error;

	if (bind(fd, &address->any, address->len) == 0)
		return 0;
	error = errno;
	if (error != EADDRINUSE || !address_is_unix(address) || !address->un.sun_path[0])
		return say_bind_failed(address, error, ret_error);
	if (!is_socket_file(address->un.sun_path) || is_live_unix(transport, address))
		return say_bind_failed(address, error, ret_error);
	/* Nobody listens: a process that died left it. */
	if (unlink(address->un.sun_path) != 0 || bind(fd, &address->any, address->len) != 0)
		return say_bind_failed(address, errno, ret_error);
	return 0;
}

/* A user or group that the database does not name may be given as its number. */
static int
parse_id(const char *digits, unsigned *ret_id)
{
	uint64_t number;
	int result = slice_to_u64(slice_of(digits), &number);

	if (result != 0 || number >= UINT32_MAX)
		return -ENOENT;
	*ret_id = (unsigned)number;
	return 0;
}

static int
find_owner(const char *name, uid_t *ret_uid)
{
	const struct passwd *entry = getpwnam(name);

	if (!entry)
		return parse_id(name, ret_uid);
	*ret_uid = entry->pw_uid;
	return 0;
}

static int
find_group(const char *name, gid_t *ret_gid)
{
	const struct group *entry = getgrnam(name);

	if (!entry)
		return parse_id(name, ret_gid);
	*ret_gid = entry->gr_gid;
	return 0;
}

static int
set_file_rights(const char *path, const struct config_listener *config, struct text *ret_error)
{
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;

	if (config->owner && find_owner(config->owner, &uid) != 0)
		return fail(ret_error, ENOENT, "owner");
	if (config->group && find_group(config->group, &gid) != 0)
		return fail(ret_error, ENOENT, "group");
	if ((config->owner || config->group) && chown(path, uid, gid) != 0)
		return fail(ret_error, errno, "owner and group of the socket");
	if (chmod(path, (mode_t)config->mode) != 0)
		return fail(ret_error, errno, "mode of the socket");
	return 0;
}

static int
finish_unix(
    struct listen_socket *socket, const struct config_listener *config, struct text *ret_error)
{
	const char *path = socket->address.un.sun_path;
	struct stat status;

	if (!address_is_unix(&socket->address) || path[0] == '\0')
		return 0;
	if (lstat(path, &status) != 0)
		return fail(ret_error, errno, "the socket just bound");
	socket->device = status.st_dev;
	socket->inode = status.st_ino;
	return set_file_rights(path, config, ret_error);
}

uint32_t
listen_socket_somaxconn(void)
{
	char digits[32];
	ssize_t got = -1;
	int fd = open("/proc/sys/net/core/somaxconn", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		got = read(fd, digits, sizeof(digits) - 1);
		(void)close(fd);
	}
	if (got <= 0)
		return 0;
	digits[got] = '\0';
	return (uint32_t)strtoul(digits, NULL, 10);
}

uint32_t
listen_socket_backlog(int fd, int64_t wanted)
{
	struct sockinfo_queue queue;
	uint32_t most = listen_socket_somaxconn();

	if (sockinfo_queue(fd, &queue) == 0)
		return queue.backlog;
	return most > 0 && wanted > most ? most : (uint32_t)wanted;
}

static int
start_listening(
    struct listen_socket *ret_socket, const struct config_listener *config, struct text *ret_error)
{
	socklen_t len = sizeof(ret_socket->address.un);

	if (listen(ret_socket->fd, (int)config->backlog) != 0)
		return fail(ret_error, errno, "listen");
	if (getsockname(ret_socket->fd, &ret_socket->address.any, &len) != 0)
		return fail(ret_error, errno, "getsockname");
	ret_socket->address.len = len;
	ret_socket->backlog = listen_socket_backlog(ret_socket->fd, config->backlog);
	return 0;
}

static int
make_ready(struct listen_socket *socket, const struct config_listener *config, bool share_port,
    struct text *ret_error)
{
	int result = configure(
	    socket->fd, config, socket->transport, &socket->address, share_port, ret_error);

	if (result == 0)
		result = bind_address(socket->fd, socket->transport, &socket->address, ret_error);
	if (result != 0)
		return result;
	result = finish_unix(socket, config, ret_error);
	if (result == 0)
		result = start_listening(socket, config, ret_error);
	if (result != 0)
		listen_socket_unlink(socket);
	return result;
}

int
listen_socket_open(const struct config_listener *config, const struct transport *transport,
    const struct address *address, bool share_port, struct listen_socket *ret_socket,
    struct text *ret_error)
{
	struct listen_socket made = {
		.transport = transport, .asked = *address, .address = *address
	};
	int result;

	made.fd = transport_socket(transport, address, ret_error);
	if (made.fd < 0)
		return made.fd;
	result = make_ready(&made, config, share_port, ret_error);
	if (result == 0)
		*ret_socket = made;
	else
		(void)close(made.fd);
	return result;
}

bool
listen_socket_can_adjust(const struct config_listener *before, const struct config_listener *after)
{
	return before->v6only == after->v6only && before->reuse_port == after->reuse_port &&
	    (after->send_buffer > 0 || before->send_buffer == 0) &&
	    (after->receive_buffer > 0 || before->receive_buffer == 0);
}

static int
adjust_buffers(int fd, const struct config_listener *before, const struct config_listener *after,
    struct text *ret_error)
{
	const struct option options[] = {
		{ "send_buffer", SOL_SOCKET, SO_SNDBUF, after->send_buffer,
		    after->send_buffer != before->send_buffer },
		{ "receive_buffer", SOL_SOCKET, SO_RCVBUF, after->receive_buffer,
		    after->receive_buffer != before->receive_buffer },
	};

	return set_options(fd, options, sizeof(options) / sizeof(options[0]), ret_error);
}

static int
adjust_tcp(int fd, const struct config_listener *before, const struct config_listener *after,
    struct text *ret_error)
{
	const struct option options[] = {
		{ "nodelay", IPPROTO_TCP, TCP_NODELAY, after->nodelay,
		    after->nodelay != before->nodelay },
		{ "keepalive", SOL_SOCKET, SO_KEEPALIVE, after->keepalive,
		    after->keepalive != before->keepalive },
		{ "keepalive_idle", IPPROTO_TCP, TCP_KEEPIDLE,
		    after->keepalive_idle_us / CLOCK_SECOND_US, after->keepalive },
		{ "keepalive_interval", IPPROTO_TCP, TCP_KEEPINTVL,
		    after->keepalive_interval_us / CLOCK_SECOND_US, after->keepalive },
		{ "keepalive_count", IPPROTO_TCP, TCP_KEEPCNT, after->keepalive_count,
		    after->keepalive },
		{ "user_timeout", IPPROTO_TCP, TCP_USER_TIMEOUT, after->user_timeout_us / 1000,
		    after->user_timeout_us != before->user_timeout_us },
		{ "defer_accept", IPPROTO_TCP, TCP_DEFER_ACCEPT,
		    after->defer_accept_us / CLOCK_SECOND_US,
		    after->defer_accept_us != before->defer_accept_us },
		{ "fastopen", IPPROTO_TCP, TCP_FASTOPEN, after->fastopen,
		    after->fastopen != before->fastopen },
	};

	return set_options(fd, options, sizeof(options) / sizeof(options[0]), ret_error);
}

static bool
is_same_name(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool
has_same_rights(const struct config_listener *a, const struct config_listener *b)
{
	return a->mode == b->mode && is_same_name(a->owner, b->owner) &&
	    is_same_name(a->group, b->group);
}

static int
adjust_options(const struct listen_socket *socket, const struct config_listener *before,
    const struct config_listener *after, struct text *ret_error)
{
	const char *path = socket->address.un.sun_path;
	int result = adjust_buffers(socket->fd, before, after, ret_error);

	if (result != 0)
		return result;
	if (socket->transport->domain != AF_UNIX)
		return socket->transport->protocol == IPPROTO_SCTP
		    ? 0
		    : adjust_tcp(socket->fd, before, after, ret_error);
	/* Of the sockets that share a file the first one has its number. */
	if (!path[0] || socket->inode == 0 || has_same_rights(before, after))
		return 0;
	return set_file_rights(path, after, ret_error);
}

int
listen_socket_adjust(struct listen_socket *socket, const struct config_listener *before,
    const struct config_listener *after, struct text *ret_error)
{
	int result = adjust_options(socket, before, after, ret_error);

	if (result != 0 || before->backlog == after->backlog)
		return result;
	if (listen(socket->fd, (int)after->backlog) != 0)
		return fail(ret_error, errno, "listen");
	socket->backlog = listen_socket_backlog(socket->fd, after->backlog);
	return 0;
}

void
listen_socket_share_port(const struct listen_socket *socket, bool is_shared)
{
	const int on = is_shared;

	/* Where it fails the other's bind(2) says so. */
	(void)setsockopt(socket->fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
}

void
listen_socket_steer(const struct listen_socket *socket, unsigned first, unsigned count)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM)),
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, count),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, first),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	(void)setsockopt(
	    socket->fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program));
}

void
listen_socket_unlink(const struct listen_socket *socket)
{
	const char *path = socket->address.un.sun_path;
	struct stat status;

	if (!address_is_unix(&socket->address) || path[0] == '\0' || socket->inode == 0)
		return;
	if (socket->is_lent && *socket->is_lent)
		return;
	if (lstat(path, &status) != 0)
		return;
	if (status.st_dev == socket->device && status.st_ino == socket->inode)
		(void)unlink(path);
}
