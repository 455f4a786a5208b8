# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the scripts: one way to configure and compile a build directory.
# Expects `root`, the directory of the sources.

# build_configure DIRECTORY COMPILER [MESON-OPTION...]: makes DIRECTORY a build
# with these options; one that exists is kept and its options are brought in line.
# With CI in the environment a warning is an error.
build_configure() {
	local directory=$1 compiler=$2
	shift 2
	local options=("$@" "-Dwerror=$([ -n "${CI-}" ] && echo true || echo false)")
	if [ ! -e "$directory/meson-private/coredata.dat" ]; then
		echo "Configuring ${directory#"$root"/} ($compiler)"
		CC=$compiler build_quietly "$directory" configure \
		    meson setup "$directory" "$root" "${options[@]}"
	elif [ "$(cat "$directory/.options" 2>/dev/null)" != "${options[*]}" ]; then
		echo "Configuring ${directory#"$root"/} again ($compiler)"
		CC=$compiler build_quietly "$directory" configure \
		    meson setup --wipe "$directory" "$root" "${options[@]}"
	fi
	echo "${options[*]}" >"$directory/.options"
}

# build_compile DIRECTORY [TARGET...]: compiles what changed, of all or of those.
build_compile() {
	echo "Compiling ${1#"$root"/}"
	build_quietly "$1" compile meson compile -C "$@"
}

# build_quietly DIRECTORY STEP COMMAND...: keeps the command's words beside the
# directory, in DIRECTORY.STEP.log, and shows them only when it fails or warned,
# without ninja's lines of progress.
build_quietly() {
	local log="$1.$2.log"
	mkdir -p "$(dirname "$1")"
	shift 2
	local status=0
	"$@" >"$log" 2>&1 || status=$?
	if [ "$status" != 0 ] || grep -q 'warning:' "$log"; then
		grep -vE '^\[[0-9]+/[0-9]+\] ' "$log" >&2 || true
	fi
	return "$status"
}
