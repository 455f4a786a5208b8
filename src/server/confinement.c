/* SPDX-License-Identifier: MIT */
#include "server/confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "config/keys.h"
#include "config/load.h"

#define PATH_BYTES 4096
#define RUNTIME_DIRECTORY "/run/usher"

struct rules {
	struct landlock *landlock;
	int result; /* of the first that failed */
	char failed[PATH_BYTES];
};

/* What every process reads: its libraries, what resolves names and times, and what the
 * kernel tells of the process and its limits. */
static const char *const common_paths[] = {
	"/usr/lib",
	"/usr/lib64",
	"/usr/share/zoneinfo",
	"/lib",
	"/lib64",
	"/etc/gai.conf",
	"/etc/group",
	"/etc/host.conf",
	"/etc/hosts",
	"/etc/ld.so.cache",
	"/etc/localtime",
	"/etc/nsswitch.conf",
	"/etc/passwd",
	"/etc/resolv.conf",
	"/etc/services",
	"/run/systemd/resolve",
	"/proc/self",
	"/proc/sys",
	"/proc/stat",
	"/proc/meminfo",
	"/proc/pressure",
	"/sys/fs/cgroup",
	"/dev/urandom",
};

static void
allow(struct rules *rules, const char *path, unsigned rights)
{
	int result;

	if (!path || rules->result != 0)
		return;
	result = landlock_allow(rules->landlock, path, rights);
	if (result == 0)
		return;
	rules->result = result;
	(void)memccpy(rules->failed, path, '\0', sizeof(rules->failed) - 1);
}

/* The directory in which `path` stands. */
static void
allow_parent(struct rules *rules, const char *path, unsigned rights)
{
	char room[PATH_BYTES];
	struct text parent = text_over(room, sizeof(room));
	const char *slash = strrchr(path, '/');

	if (!slash)
		text_put_char(&parent, '.');
	else
		text_put(&parent,
		    (struct slice){ path, slash > path ? (size_t)(slash - path) : (size_t)1 });
	allow(rules, text_string(&parent), rights);
}

/* --- What the configuration names ------------------------------------------------- */

/* A root is often replaced as a whole: by another directory under its name, or, where
 * the name is a link, by another release beside the one that it pointed to. */
static void
allow_root(struct rules *rules, const char *root, bool is_strict)
{
	char *real = realpath(root, NULL);
	const char *ends[] = { root, real };

	allow(rules, root, LANDLOCK_READ);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]) && !is_strict; i++) {
		const char *slash = ends[i] ? strrchr(ends[i], '/') : NULL;

		/* Beneath "/" is everything. */
		if (slash && slash > ends[i])
			allow_parent(rules, ends[i], LANDLOCK_READ);
	}
	free(real);
}

/* An editor puts another file in the place of the one that was written before; but
 * beside one in /etc there is too much. */
static void
allow_file(struct rules *rules, const char *path)
{
	if (!path)
		return;
	if (strncmp(path, "/etc/", 5) == 0 && !strchr(path + 5, '/'))
		allow(rules, path, LANDLOCK_READ);
	else
		allow_parent(rules, path, LANDLOCK_READ);
}

static void
allow_service(struct rules *rules, const struct config_service *service, bool is_strict)
{
	allow_file(rules, service->mime_types);
	for (size_t i = 0; i < service->route_count; i++)
		if (service->routes[i].kind == CONFIG_ROUTE_FILES)
			allow_root(rules, service->routes[i].files, is_strict);
	for (size_t i = 0; i < service->error_page_count; i++)
		allow_file(rules, service->error_pages[i].file);
}

/* Beside a log its successors are made; but a device or a FIFO is what it is. */
static void
allow_log(struct rules *rules, const char *path)
{
	struct stat status;

	if (!path || path[0] != '/')
		return;
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		allow(rules, path, LANDLOCK_WRITE);
	else
		allow_parent(rules, path, LANDLOCK_WRITE | LANDLOCK_MAKE);
}

static void
allow_listener(struct rules *rules, const struct config_listener *listener)
{
	struct address address;
	const bool is_unix = strncmp(listener->address, "unix:/", 6) == 0;

	if (is_unix)
		allow_parent(rules, listener->address + 5, LANDLOCK_MAKE);
	/* To look a name up, files are read that others replace now and then. */
	if (listener->owner || listener->group ||
	    (!is_unix && strcmp(listener->address, "*") != 0 &&
		address_parse(slice_of(listener->address), 0, &address) != 0))
		allow(rules, "/etc", LANDLOCK_READ);
}

static void
allow_configuration(struct rules *rules, const struct config *config)
{
	for (size_t i = 0; i < config->file_count; i++)
		allow_parent(rules, config->files[i], LANDLOCK_READ);
	if (config->admin && strncmp(config->admin, "unix:/", 6) == 0)
		allow_parent(rules, config->admin + 5, LANDLOCK_MAKE);
	for (size_t i = 0; i < config->listener_count; i++)
		allow_listener(rules, &config->listeners[i]);
	for (size_t i = 0; i < config->service_count; i++)
		allow_service(
		    rules, &config->services[i], config->landlock == CONFIG_LANDLOCK_STRICT);
	allow_log(rules, config->log.target);
	allow_log(rules, config->log.access);
	allow_log(rules, config->log.connections);
}

/* --- What surrounds it -------------------------------------------------------------- */

/* As the service manager names them: several, with ':' between (systemd.exec(5)). */
static void
allow_directories(struct rules *rules, const char *list, unsigned rights)
{
	while (list && *list) {
		char room[PATH_BYTES];
		struct text path = text_over(room, sizeof(room));
		const size_t len = strcspn(list, ":");

		text_put(&path, (struct slice){ list, len });
		if (len > 0)
			allow(rules, text_string(&path), rights);
		list += len + (list[len] == ':');
	}
}

static void
allow_surroundings(struct rules *rules)
{
	const char *runtime = getenv("RUNTIME_DIRECTORY");
	char *program = realpath("/proc/self/exe", NULL);

	for (size_t i = 0; i < sizeof(common_paths) / sizeof(common_paths[0]); i++)
		allow(rules, common_paths[i], LANDLOCK_READ);
	allow(rules, program, LANDLOCK_READ);
	allow(rules, "/dev/null", LANDLOCK_READ | LANDLOCK_WRITE);
	allow_directories(rules, runtime ? runtime : RUNTIME_DIRECTORY,
	    LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_MAKE);
	allow_directories(rules, getenv("LOGS_DIRECTORY"), LANDLOCK_WRITE | LANDLOCK_MAKE);
	free(program);
}

/* A successor: another file will stand there then, so it is the directory that counts; and
 * what the kernel starts it by is the loader among the libraries. */
static void
allow_successor(struct rules *rules, const char *program)
{
	static const char *const loaders[] = { "/usr/lib", "/usr/lib64", "/lib", "/lib64" };

	if (!program || !*program)
		return;
	/* It finds itself there by a number that nobody knows yet. What belongs to others and
	 * is secret stays so: ptrace(2) is refused. */
	allow(rules, "/proc", LANDLOCK_READ);
	allow_parent(rules, program, LANDLOCK_READ | LANDLOCK_EXECUTE);
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++)
		allow(rules, loaders[i], LANDLOCK_READ | LANDLOCK_EXECUTE);
}

int
confinement_make(struct landlock *ret_landlock, const struct config *config,
    const struct confinement_files *files, struct text *ret_error)
{
	struct rules rules = { .landlock = ret_landlock };
	int result = landlock_open(ret_landlock);

	if (result != 0) {
		text_put_format(ret_error, "landlock: %s", strerror(-result));
		return result;
	}
	allow_surroundings(&rules);
	allow_configuration(&rules, config);
	if (files->report)
		allow_parent(&rules, files->report, LANDLOCK_WRITE | LANDLOCK_MAKE);
	if (config->landlock != CONFIG_LANDLOCK_STRICT)
		allow_successor(&rules, files->program);
	if (rules.result == 0)
		return 0;
	text_put_format(ret_error, "landlock: %s: %s", rules.failed, strerror(-rules.result));
	landlock_close(ret_landlock);
	return rules.result;
}

/* --- A reload ------------------------------------------------------------------------ */

/* Who may list a directory (faccessat(2) says so, which Landlock leaves alone) and cannot
 * open it is confined. */
static bool
is_beyond(const char *directory)
{
	int fd;

	if (faccessat(AT_FDCWD, directory, R_OK, AT_EACCESS) != 0)
		return false;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)close(fd);
	return fd < 0 && errno == EACCES;
}

static void
check_route(const struct config_route *route, struct config_errors *errors)
{
	char room[CONFIG_NAME_MAX + 16];
	struct text section = text_over(room, sizeof(room));
	struct config_subject subject = { .section = room, .key = "files" };

	if (route->kind != CONFIG_ROUTE_FILES || !is_beyond(route->files))
		return;
	text_put_format(&section, "route %s", route->prefix);
	(void)text_string(&section);
	subject.place = keys_place(KEYS_ROUTE, route, "files");
	config_errors_add(errors, &subject,
	    "%s is beyond what this process may read since it started (landlock): restart usherd, "
	    "or name a directory beside the roots that it has",
	    route->files);
}

int
confinement_check(const struct config *config, struct config_errors *errors)
{
	const size_t before = errors->fault_count;

	for (size_t i = 0; i < config->service_count; i++)
		for (size_t j = 0; j < config->services[i].route_count; j++)
			check_route(&config->services[i].routes[j], errors);
	return errors->fault_count > before ? -EINVAL : 0;
}
