# The first-run configuration and the demo target of deploy/up. Sourced; uses $config, $data, $demo,
# $binary and $ssh_port of the caller.

sshd=/usr/sbin/sshd

# Who is meant by "the invoking user": the one who typed sudo, if any.
invoking_user() {
    if ((EUID == 0)) && [[ -n ${SUDO_USER:-} && $SUDO_USER != root ]]; then
        printf '%s' "$SUDO_USER"
    else
        id -un
    fi
}

home_of() { getent passwd "$1" | cut -d: -f6; }

# A proxy user's name for a login name: lower case, letters, digits and . _ - only.
proxy_user_name() {
    local name
    name=$(printf '%s' "${1,,}" | tr -c 'a-z0-9._-' '-' | sed 's/^[._-]*//')
    printf '%s' "${name:-user}"
}

# Prints the public keys of user $1, one a line; makes a key pair if there is none.
public_keys_of() {
    local user=$1 home file found=no
    if [[ -n ${VERBATIM_USER_KEY:-} ]]; then
        grep -hE '^(ssh-|ecdsa-|sk-)' "$VERBATIM_USER_KEY" || die "$VERBATIM_USER_KEY holds no public key"
        return 0
    fi
    home=$(home_of "$user")
    for file in "$home"/.ssh/id_*.pub; do
        [[ -f $file && $file != *-cert.pub ]] || continue
        grep -hE '^(ssh-|ecdsa-|sk-)' "$file" && found=yes
    done
    [[ $found == no ]] || return 0
    note "No key in $home/.ssh: making one, $home/.ssh/id_ed25519, without passphrase"
    local as=()
    if [[ $user != "$(id -un)" ]]; then
        as=(runuser -u "$user" --)
    fi
    "${as[@]}" mkdir -p -m 700 "$home/.ssh"
    "${as[@]}" ssh-keygen -q -t ed25519 -N '' -C "$user" -f "$home/.ssh/id_ed25519" </dev/null
    cat "$home/.ssh/id_ed25519.pub"
}

# The logins that the demo's sshd can give: everybody's if it runs as root, else its own user's.
demo_logins() {
    if ((EUID == 0)) && [[ $1 != root ]]; then
        printf 'root, %s' "$1"
    else
        printf '%s' "$1"
    fi
}

free_port_from() {
    local port=$1 last=$(($1 + 100))
    while ((port < last)); do
        if ! port_taken "$port"; then
            printf '%s' "$port"
            return
        fi
        port=$((port + 1))
    done
    die "no free loopback port between $1 and $last"
}

# Host key and port of the demo target: made once, since the configuration names them.
prepare_demo() {
    mkdir -p -m 700 "$demo"
    [[ -f $demo/host_key ]] || ssh-keygen -q -t ed25519 -N '' -C demo -f "$demo/host_key" </dev/null
    [[ -f $demo/port ]] || free_port_from 3122 >"$demo/port"
}

write_first_config() {
    local user=$1 name key keys
    name=$(proxy_user_name "$user")
    keys=$(public_keys_of "$user")
    [[ -n $keys ]] || die "found no public key of $user to enrol"
    mkdir -p "$(dirname "$config")"
    (umask 077 && : >"$config.new")
    {
        printf '%s\n' \
            '# Written by deploy/up at its first run; yours from now on. `verbatim check` tells what is wrong.' \
            'version: 1' \
            'cluster_name: demo' \
            "data_dir: $data" \
            'public_addr: 127.0.0.1' \
            "ssh: {listen: \"127.0.0.1:$ssh_port\"}" \
            'users:' \
            "  - name: $name" \
            '    roles: [demo]' \
            '    authorized_keys:'
        while IFS= read -r key; do
            printf '      - "%s"\n' "${key//[\"\\]/}"
        done <<<"$keys"
        printf '%s\n' \
            'roles:' \
            "  - {name: demo, allow: {logins: [$(demo_logins "$user")], targets: {\"*\": \"*\"}}}" \
            'targets:' \
            '  - name: demo' \
            "    address: \"127.0.0.1:$(<"$demo/port")\"" \
            '    labels: {env: demo}' \
            "    host_keys: [\"$(cut -d' ' -f1,2 "$demo/host_key.pub")\"]"
    } >"$config.new"
    mv "$config.new" "$config"
    note "Wrote a first configuration: $config"
}

# An account that is locked with ! is refused by sshd unless PAM decides about accounts.
account_locked() { ((EUID == 0)) && [[ $(getent shadow "$1" | cut -d: -f2) == '!'* ]]; }

write_demo_sshd_config() {
    local use_pam=no user
    for user in root "$1"; do
        if account_locked "$user" && [[ -f /etc/pam.d/sshd ]]; then
            use_pam=yes
        fi
    done
    cat >"$demo/sshd_config" <<CONF
# The demo target of deploy/up: loopback only, certificates of the proxy's CA only.
ListenAddress 127.0.0.1:$(<"$demo/port")
HostKey $demo/host_key
TrustedUserCAKeys $demo/user_ca.pub
AuthorizedKeysFile none
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM $use_pam
PidFile none
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp internal-sftp
LogLevel VERBOSE
CONF
}

# Starts the demo's sshd as a child of this script; its process id is left in $sshd_pid.
start_demo_sshd() {
    local user=$1 port
    port=$(<"$demo/port")
    "$binary" ca user -c "$config" >"$demo/user_ca.pub" || die "verbatim ca user failed (its words are above)"
    write_demo_sshd_config "$user"
    ! port_taken "$port" || die "port $port, the demo target's, is in use: is another deploy/up running? (To choose another port: change it in $demo/port and in $config.)"
    # Where sshd, run by root, sheds its privileges; the package's service makes it at boot.
    ((EUID != 0)) || mkdir -p -m 755 /run/sshd
    "$sshd" -t -f "$demo/sshd_config" || die "sshd does not accept $demo/sshd_config (its words are above)"
    "$sshd" -D -e -f "$demo/sshd_config" 2>>"$demo/sshd.log" </dev/null &
    sshd_pid=$!
    local try
    for try in {1..100}; do
        ! port_taken "$port" || return 0
        kill -0 "$sshd_pid" 2>/dev/null || break
        sleep 0.05
    done
    die "the demo target's sshd did not start: see $demo/sshd.log"
}
