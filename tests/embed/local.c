/* SPDX-License-Identifier: MIT */
#include "local.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int
local_connect(const struct usher_server *server, size_t listener)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[64];

	ck_assert_int_gt(usher_server_address(server, listener, text, sizeof(text)), 0);
	address.sin_port = htons((uint16_t)strtol(strchr(text, ':') + 1, NULL, 10));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}
