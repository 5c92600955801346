# Building a preset. Sourced after common.sh and packages.sh; $root is the project's folder.

# build_preset PRESET [TARGET...]
build_preset() {
    local preset=$1
    shift
    local options=()
    if [[ -n ${VERBATIM_LIBSSH_SOURCE:-} ]]; then
        options+=("-DVERBATIM_LIBSSH_SOURCE=$VERBATIM_LIBSSH_SOURCE")
    else
        "$root/deploy/fetch-libssh"
    fi
    local log
    log=$(mktemp)
    if ! (cd "$root" && cmake --preset "$preset" "${options[@]}" >"$log" 2>&1); then
        cat "$log" >&2
        rm -f "$log"
        die "configuring the $preset build failed (cmake's words are above)"
    fi
    rm -f "$log"
    # One job a core, but never more than memory allows: a coroutine-heavy file takes 1.5 GB.
    local jobs memory_gib
    jobs=$(nproc)
    memory_gib=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
    ((jobs * 3 / 2 <= memory_gib)) || jobs=$((memory_gib * 2 / 3))
    ((jobs >= 1)) || jobs=1
    ninja -C "$root/build/$preset" -j "$jobs" "$@" || die "the $preset build failed"
}
