/* SPDX-License-Identifier: MIT */
#include "rig.h"

void
rig_init(struct rig *rig)
{
	*rig = (struct rig){ 0 };
	tree_init(&rig->tree);
	rig->index[0] = strdup("index.html");
	rig->index[1] = strdup("index.txt");
	rig->route = (struct config_route){
		.prefix = strdup("/"),
		.kind = CONFIG_ROUTE_FILES,
		.files = rig->tree.path,
		.index = { rig->index, 2 },
		.precompressed = true,
	};
	rig->limits = (struct file_cache_limits){
		.files = 16, .bytes = 1 << 20, .descriptors = 4, .verdicts = 8
	};
	rig->memory_max = 65536;
	rig->hot_max = 262144;
	rig->prefix_len = 1;
}

void
rig_start(struct rig *rig)
{
	char bytes[512];
	struct text why = text_over(bytes, sizeof(bytes));
	struct handler_context context = { .memory_max = rig->memory_max, .hot_max = rig->hot_max };

	rig->cache = file_cache_new(&rig->limits);
	ck_assert_ptr_nonnull(rig->cache);
	context.cache = rig->cache;
	rig->files = files_kind.make(&rig->route, &context, &why);
	ck_assert_msg(rig->files, "%s", text_string(&why));
}

static void
stop(struct rig *rig)
{
	files_kind.free(rig->files);
	file_cache_free(rig->cache);
}

void
rig_restart(struct rig *rig)
{
	stop(rig);
	rig_start(rig);
}

void
rig_done(struct rig *rig)
{
	stop(rig);
	free(rig->route.prefix);
	free(rig->index[0]);
	free(rig->index[1]);
	tree_done(&rig->tree);
}

static struct fake *
answer(struct rig *rig, struct fake *fake)
{
	fake_answer_with(fake, &fake_service, &files_kind.ops, rig->files, rig->prefix_len);
	ck_assert(fake->has_ended);
	return fake;
}

struct fake *
rig_get_at(struct rig *rig, const char *target, const char *fields, int64_t now)
{
	return answer(rig, fake_get(target, fields, now));
}

struct fake *
rig_get(struct rig *rig, const char *target, const char *fields)
{
	return rig_get_at(rig, target, fields, TREE_NOW);
}

struct fake *
rig_ask(struct rig *rig, const char *head)
{
	return answer(rig, fake_new(head, TREE_NOW));
}

void
rig_expect_at(struct rig *rig, const char *target, int64_t now, int status, const char *body)
{
	struct fake *fake = rig_get_at(rig, target, NULL, now);

	ck_assert_msg(fake->status == status, "%s is %d, not %d", target, fake->status, status);
	if (body)
		expect_body(fake, body);
	fake_done(fake);
}

void
rig_expect(struct rig *rig, const char *target, int status, const char *body)
{
	rig_expect_at(rig, target, TREE_NOW, status, body);
}

void
expect_field(const struct fake *fake, const char *name, const char *value)
{
	const char *found = fake_field(fake, name);

	if (!value)
		ck_assert_msg(!found, "%s is \"%s\" and should not be there", name, found);
	else
		ck_assert_msg(found && strcmp(found, value) == 0, "%s is \"%s\", not \"%s\"", name,
		    found ? found : "(not there)", value);
}

void
expect_status(struct fake *fake, int status)
{
	size_t len;

	ck_assert_int_eq(fake->status, status);
	ck_assert(fake->has_ended);
	fake_body(fake, &len);
	if (fake->request.method != HTTP_METHOD_HEAD && status != 304 && status != 204 &&
	    fake->content_length != HTTP_LENGTH_UNKNOWN)
		ck_assert_int_eq(fake->content_length, (int64_t)len);
}

void
expect_body(struct fake *fake, const char *body)
{
	ck_assert_str_eq(fake_body(fake, NULL), body);
}
