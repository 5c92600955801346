# apt beside the machine's own: packages of other Debian suites, from the mirror that this machine uses
# already, with signatures and sums checked, while the machine's sources stay as they are. Sourced
# after common.sh. Needs no root.
#
#   start_private_apt [HINT]     makes $work (removed at exit) and finds $mirror; HINT ends its error
#   use_suite deb|deb-src SUITE  fetches the lists of that suite alone; apt's words are in $work/log
#   private_apt TOOL ARGS...     apt-get or apt-cache with that configuration
# Downloads belong into $work/download.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The Debian mirror of this machine: the first source, in either notation, that serves `main` of
# the release itself. Other archives (security, third parties) have no sid.
find_mirror() {
    local release
    release=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-bookworm}")
    awk -v release="$release" '
        function is_ours(suites, components) {
            return (" " suites " ") ~ (" (" release "|stable|oldstable|testing|sid|unstable) ") &&
                   (" " components " ") ~ / main /
        }
        function finish() {
            if (uris != "" && enabled != "no" && is_ours(suites, components)) { split(uris, u, " "); print u[1]; found = 1; exit }
            uris = suites = components = enabled = ""
        }
        FILENAME ~ /\.list$/ {
            sub(/#.*/, ""); gsub(/\[[^]]*\]/, "")
            if ($1 != "deb" && $1 != "deb-src") next
            components = ""; for (i = 4; i <= NF; i++) components = components " " $i
            uris = $2; suites = $3; finish(); next
        }
        FNR == 1 { finish() }
        /^[[:space:]]*#/ { next }
        /^[[:space:]]*$/ { finish(); next }
        { line = $0; sub(/^[^:]*:[[:space:]]*/, "", line) }
        tolower($1) == "uris:" { uris = line }
        tolower($1) == "suites:" { suites = line }
        tolower($1) == "components:" { components = line }
        tolower($1) == "enabled:" { enabled = tolower(line) }
        END { if (!found) finish() }
    ' $(ls /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null)
}

# apt with lists and a cache of its own below $work, knowing only what use_suite named.
private_apt() {
    local tool=$1
    shift
    "$tool" -qq -c "$work/apt.conf" "$@"
}

write_apt_conf() {
    mkdir -p "$work"/{lists/partial,cache/archives/partial,download}
    : >"$work/empty"
    cat >"$work/apt.conf" <<CONF
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "$work/empty";
Dir::Etc::preferencesparts "-";
Dir::State::Lists "$work/lists";
Dir::State::status "$work/empty";
Dir::Cache "$work/cache";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
    # apt drops to this user for downloads where it is run by root.
    if ((EUID == 0)) && getent passwd _apt >/dev/null; then
        chmod 755 "$work"
        chown -R _apt "$work/lists/partial" "$work/cache/archives/partial" "$work/download"
    fi
}

start_private_apt() {
    [[ -r $keyring ]] || die "$keyring is missing: install debian-archive-keyring"
    mirror=$(find_mirror)
    [[ -n $mirror ]] || die "found no Debian mirror in /etc/apt/sources.list or sources.list.d${1:+; add one, $1}"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    write_apt_conf
}

use_suite() {
    printf '%s [signed-by=%s] %s %s main\n' "$1" "$keyring" "$mirror" "$2" >"$work/sources.list"
    private_apt apt-get update >"$work/log" 2>&1
}
