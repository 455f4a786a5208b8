/* SPDX-License-Identifier: MIT */
/**
 * @file
 *
 * api: how the functions of the library are declared.
 */
#pragma once

/** A function of the library. */
#ifdef __cplusplus
#define USHER_API extern "C" __attribute__((visibility("default")))
#else
#define USHER_API __attribute__((visibility("default")))
#endif

/** A result that has to be looked at. */
#define USHER_CHECKED __attribute__((warn_unused_result))
