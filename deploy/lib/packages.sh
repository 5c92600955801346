# Installing packages: only what is missing, quietly, patient with a locked dpkg.

# The names in the package lists given, without comments.
packages_in() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@"; }

package_installed() {
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# apt-get with an answer for every question, tried again while another apt holds a lock.
apt_patiently() {
    local try log
    log=$(mktemp)
    for try in 1 2 3 4 5 6 7 8 9 10; do
        if as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
            -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 </dev/null; then
            rm -f "$log"
            return 0
        fi
        grep -qiE 'could not get lock|is held by process|temporary failure|connection' "$log" || break
        sleep $((try * 2))
    done
    cat "$log" >&2
    rm -f "$log"
    return 1
}

# openssh-server would start and enable a server on port 22 as it is installed. Nobody asked for
# that here: it is installed stopped and disabled, and a server that was there before is left alone.
install_openssh_server() {
    local policy=/usr/sbin/policy-rc.d made=no status=0
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        made=yes
    fi
    apt_patiently install -y --no-install-recommends --no-remove openssh-server || status=$?
    [[ $made == no ]] || as_root rm -f "$policy"
    ((status == 0)) || return "$status"
    if [[ -d /run/systemd/system ]]; then
        as_root systemctl disable --quiet ssh.service 2>/dev/null || true
        note "openssh-server was installed for the demo target only; the system's own ssh service is left disabled."
    fi
}

# install_packages LIST...: every package that these files name. Removes nothing, ever.
install_packages() {
    local name missing=()
    for name in $(packages_in "$@"); do
        package_installed "$name" || missing+=("$name")
    done
    ((${#missing[@]})) || return 0
    note "Installing ${#missing[@]} packages: ${missing[*]}"
    apt_patiently update || note "apt-get update failed; going on with the lists that are there"
    local rest=()
    for name in "${missing[@]}"; do
        if [[ $name == openssh-server ]]; then
            install_openssh_server || die "could not install openssh-server (apt's words are above)"
        else
            rest+=("$name")
        fi
    done
    ((${#rest[@]})) || return 0
    apt_patiently install -y --no-install-recommends --no-remove "${rest[@]}" ||
        die "could not install the packages named above (apt's words are above)"
}
