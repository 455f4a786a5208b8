/* SPDX-License-Identifier: MIT
 *
 * qvalue: an element is its first part and parameters, each after a semicolon;
 * the first one called q is the weight.
 */
#include "http/qvalue.h"

static struct slice
take_part(struct slice *in)
{
	size_t len = slice_length_before(*in, ';');
	struct slice part = slice_first(*in, len);

	*in = slice_from(*in, len < in->len ? len + 1 : len);
	return slice_trim(part);
}

/* qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ), in thousandths;
 * 0 for anything else. */
static unsigned
read_qvalue(struct slice in)
{
	unsigned weight = 0, scale = HTTP_QVALUE_MAX;

	if (in.len < 1 || in.len > 5 || (in.len > 1 && in.data[1] != '.'))
		return 0;
	for (size_t i = 0; i < in.len; i++) {
		unsigned digit = (unsigned char)in.data[i] - (unsigned)'0';

		if (i == 1)
			continue;
		if (digit > 9)
			return 0;
		weight += digit * scale;
		scale /= 10;
	}
	return weight <= HTTP_QVALUE_MAX ? weight : 0;
}

static bool
is_weight(struct slice parameter)
{
	return parameter.len >= 2 && (parameter.data[0] | 0x20) == 'q' && parameter.data[1] == '=';
}

bool
http_qvalue_next(struct slice *list, struct slice *ret_item, unsigned *ret_weight)
{
	struct slice element;

	if (!slice_next_element(list, &element))
		return false;
	*ret_item = take_part(&element);
	*ret_weight = HTTP_QVALUE_MAX;
	while (element.len > 0) {
		struct slice parameter = take_part(&element);

		if (!is_weight(parameter))
			continue;
		*ret_weight = read_qvalue((struct slice){ parameter.data + 2, parameter.len - 2 });
		break;
	}
	return true;
}
