/* SPDX-License-Identifier: MIT */
/**
 * @file
 *
 * usher: all of the library. docs/embedding.md is the guide.
 */
#pragma once

#include <usher/api.h>
#include <usher/ending.h>
#include <usher/error.h>
#include <usher/file.h>
#include <usher/http.h>
#include <usher/log.h>
#include <usher/server.h>
#include <usher/stream.h>
#include <usher/version.h>
#include <usher/websocket.h>
