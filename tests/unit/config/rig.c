/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/print.h"

static char directory[64];

static void
enter(void)
{
	(void)snprintf(directory, sizeof(directory), "/tmp/usher-config-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chdir(directory), 0);
}

static int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static void
leave(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	(void)nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

TCase *
rig_case(const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, enter, leave);
	return tcase;
}

void
rig_write_bytes(const char *path, const char *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

void
rig_write(const char *path, const char *text)
{
	rig_write_bytes(path, text, strlen(text));
}

void
rig_make_directory(const char *path)
{
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

struct rig
rig_load(const char *path)
{
	struct rig rig = { 0 };

	config_errors_init(&rig.errors);
	rig.result = config_load(path, &rig.config, &rig.errors);
	ck_assert_int_eq(rig.config != NULL, rig.result == 0);
	ck_assert_int_eq(rig.errors.fault_count > 0, rig.result != 0);
	return rig;
}

struct rig
rig_load_text(const char *text)
{
	rig_write("usher.conf", text);
	return rig_load("usher.conf");
}

struct rig
rig_load_within(const char *section, const char *text)
{
	static const char others[] = "listener web { service = site }\n"
				     "service site { route / { respond = 200 } }\n";
	char file[4096];
	int len = snprintf(file, sizeof(file), *section ? "%s {\n%s\n}\n%s" : "%s\n%s\n\n%s",
	    section, text, others);

	ck_assert_int_lt(len, (int)sizeof(file));
	return rig_load_text(file);
}

void
rig_done(struct rig *rig)
{
	config_free(rig->config);
	config_errors_done(&rig->errors);
}

void
rig_check_on(struct rig *rig, const struct config_host *host)
{
	ck_assert_msg(rig->result == 0, "the file does not load: %s", rig_lines(rig));
	rig->result = config_check(rig->config, host, &rig->errors);
	ck_assert_int_eq(rig->errors.fault_count > 0, rig->result != 0);
}

void
rig_check(struct rig *rig)
{
	static const struct config_host host = { 1024, false, 20000 };

	rig_check_on(rig, &host);
}

const char *
rig_lines(const struct rig *rig)
{
	static char lines[CONFIG_ERRORS_MAX * 1200];
	struct text text = text_over(lines, sizeof(lines));

	for (size_t i = 0; i < rig->errors.count; i++) {
		const struct config_error *error = &rig->errors.items[i];

		text_put_format(&text, "%s%s\n", error->is_warning ? "warning: " : "", error->text);
	}
	return text_string(&text);
}

char *
rig_print(const struct config *config)
{
	char *text = NULL;
	size_t len;
	FILE *stream = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(config_print(config, stream), 0);
	ck_assert_int_eq(fclose(stream), 0);
	return text;
}

struct config_listener *
rig_listener(const struct rig *rig, const char *name)
{
	for (size_t i = 0; i < rig->config->listener_count; i++)
		if (strcmp(rig->config->listeners[i].name, name) == 0)
			return &rig->config->listeners[i];
	ck_abort_msg("there is no listener %s", name);
}

struct config_service *
rig_service(const struct rig *rig, const char *name)
{
	for (size_t i = 0; i < rig->config->service_count; i++)
		if (strcmp(rig->config->services[i].name, name) == 0)
			return &rig->config->services[i];
	ck_abort_msg("there is no service %s", name);
}

struct config_route *
rig_route(const struct rig *rig, const char *service, const char *prefix)
{
	struct config_service *found = rig_service(rig, service);

	for (size_t i = 0; i < found->route_count; i++)
		if (strcmp(found->routes[i].prefix, prefix) == 0)
			return &found->routes[i];
	ck_abort_msg("there is no route %s", prefix);
}
