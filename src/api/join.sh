#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes one archive of several, in which only the names usher_… can be linked to.
#
#   join.sh LD OBJCOPY AR DIRECTORY OUTPUT ARCHIVE...
set -eu
ld=$1 objcopy=$2 ar=$3 directory=$4 output=$5
shift 5
mkdir -p "$directory"
joined=$directory/usher.o
"$ld" -r -o "$joined" --whole-archive "$@"
"$objcopy" --wildcard --keep-global-symbol='usher_*' "$joined"
rm -f "$output"
"$ar" rcs "$output" "$joined"
