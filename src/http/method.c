/* SPDX-License-Identifier: MIT
 *
 * method: names to methods and back, from the table in method.h and the list of
 * names that are registered for HTTP but mean nothing to usher.
 */
#include "http/method.h"

static const struct slice names[] = {
#define X(identifier, name) [HTTP_METHOD_##identifier] = { name, sizeof(name) - 1 },
	HTTP_METHODS(X)
#undef X
};

/* The rest of IANA's "HTTP Method Registry" (without PRI, which is HTTP/2's
 * preface), and what caches and UPnP use. */
static const char *const other_names[] = {
	"ACL",
	"BASELINE-CONTROL",
	"BIND",
	"CHECKIN",
	"CHECKOUT",
	"COPY",
	"LABEL",
	"LINK",
	"LOCK",
	"M-SEARCH",
	"MERGE",
	"MKACTIVITY",
	"MKCALENDAR",
	"MKCOL",
	"MKREDIRECTREF",
	"MKWORKSPACE",
	"MOVE",
	"NOTIFY",
	"ORDERPATCH",
	"PROPFIND",
	"PROPPATCH",
	"PURGE",
	"QUERY",
	"REBIND",
	"REPORT",
	"SEARCH",
	"SUBSCRIBE",
	"UNBIND",
	"UNCHECKOUT",
	"UNLINK",
	"UNLOCK",
	"UNSUBSCRIBE",
	"UPDATE",
	"UPDATEREDIRECTREF",
	"VERSION-CONTROL",
};

static bool
is_other_method(struct slice name)
{
	for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++) {
		if (slice_equals(name, slice_of(other_names[i])))
			return true;
	}
	return false;
}

bool
http_method_parse(struct slice name, enum http_method *ret_method)
{
	for (unsigned i = 0; i < HTTP_METHOD_OTHER; i++) {
		if (slice_equals(name, names[i])) {
			*ret_method = (enum http_method)i;
			return true;
		}
	}
	if (!is_other_method(name))
		return false;
	*ret_method = HTTP_METHOD_OTHER;
	return true;
}

const char *
http_method_name(enum http_method method)
{
	return names[method].data;
}

void
http_method_put_allow(struct text *text, unsigned methods)
{
	const char *separator = "";

	for (unsigned i = 0; i < HTTP_METHOD_OTHER; i++) {
		if (!(methods & HTTP_METHOD_BIT(i)))
			continue;
		text_put_string(text, separator);
		text_put(text, names[i]);
		separator = ", ";
	}
}
