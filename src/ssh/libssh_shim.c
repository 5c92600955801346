#include "libssh_shim.h"

#include "libssh_memory_socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libssh/auth.h>
#include <libssh/buffer.h>
#include <libssh/crypto.h>
#include <libssh/kex.h>
#include <libssh/messages.h>
#include <libssh/packet.h>
#include <libssh/pki.h>
#include <libssh/pki_priv.h>
#include <libssh/server.h>
#include <libssh/ssh2.h>

/* The private parts used here were read in these versions; cmake/VerbatimLibssh.cmake holds the
 * list. */
_Static_assert(LIBSSH_VERSION_MAJOR == 0 && LIBSSH_VERSION_MINOR == 12,
    "read libssh's changes before trusting this shim");

enum {
    first_connection_message = SSH2_MSG_GLOBAL_REQUEST, /* 80 */
    connection_message_count = SSH2_MSG_CHANNEL_FAILURE - SSH2_MSG_GLOBAL_REQUEST + 1,
    auth_message_count = SSH2_MSG_USERAUTH_INFO_RESPONSE - SSH2_MSG_USERAUTH_REQUEST + 1,
    /* Messages below this are copied when forwarded: one that waits for a rekey's end would hold on
     * to the big buffer it came in. */
    copy_below_bytes = 2048,
    /* Messages waiting for the end of a key exchange. The relay stops reading the other side when
     * one begins; what is on its way then is far less. More: the connection fails. */
    rekey_queue_limit = 4096
};

struct verbatim_engine {
    ssh_session session;
    int server;
    int message_type; /* of the message in session->in_buffer, 0: none */
    int auth_message; /* session->in_buffer holds a USERAUTH_REQUEST or INFO_RESPONSE, or a reply */
    int own_login;    /* client: replies to logins are not libssh's */
    ssh_key login_key;
    char* login_user;
    struct ssh_packet_callbacks_struct connection_callbacks, auth_callbacks;
    ssh_packet_callback connection_table[connection_message_count];
    ssh_packet_callback auth_table[auth_message_count];
};

struct verbatim_host_key {
    ssh_key key;
};

/* --- callbacks: they only mark -------------------------------------------------------------------
 */

static int on_connection_message(ssh_session session, uint8_t type, ssh_buffer packet, void* user)
{
    verbatim_engine* engine = user;
    (void)session;
    (void)packet;
    engine->message_type = type;
    return SSH_PACKET_USED;
}

static int on_auth_message(ssh_session session, uint8_t type, ssh_buffer packet, void* user)
{
    verbatim_engine* engine = user;
    (void)session;
    (void)type;
    (void)packet;
    engine->auth_message = 1;
    return SSH_PACKET_USED;
}

static int on_login_reply(ssh_session session, uint8_t type, ssh_buffer packet, void* user)
{
    const verbatim_engine* engine = user;
    return engine->own_login ? on_auth_message(session, type, packet, user) : SSH_PACKET_NOT_USED;
}

static void install_callbacks(verbatim_engine* engine)
{
    for (int i = 0; i < connection_message_count; ++i)
        engine->connection_table[i] = on_connection_message;
    engine->connection_callbacks =
        (struct ssh_packet_callbacks_struct){.start = first_connection_message,
            .n_callbacks = connection_message_count,
            .callbacks = engine->connection_table,
            .user = engine};
    ssh_packet_set_callbacks(engine->session, &engine->connection_callbacks);
    if (engine->server) {
        engine->auth_table[0] = on_auth_message;
        engine->auth_table[auth_message_count - 1] = on_auth_message;
    } else {
        engine->auth_table[SSH2_MSG_USERAUTH_FAILURE - SSH2_MSG_USERAUTH_REQUEST] = on_login_reply;
        engine->auth_table[SSH2_MSG_USERAUTH_BANNER - SSH2_MSG_USERAUTH_REQUEST] = on_login_reply;
        engine->auth_table[SSH2_MSG_USERAUTH_PK_OK - SSH2_MSG_USERAUTH_REQUEST] = on_login_reply;
    }
    engine->auth_callbacks =
        (struct ssh_packet_callbacks_struct){.start = SSH2_MSG_USERAUTH_REQUEST,
            .n_callbacks = auth_message_count,
            .callbacks = engine->auth_table,
            .user = engine};
    ssh_packet_set_callbacks(engine->session, &engine->auth_callbacks);
}

/* --- life
 * ------------------------------------------------------------------------------------------ */

verbatim_host_key* verbatim_host_key_parse(const char* private_key_text)
{
    verbatim_host_key* out = calloc(1, sizeof *out);
    if (out != NULL &&
        ssh_pki_import_privkey_base64(private_key_text, NULL, NULL, NULL, &out->key) != SSH_OK) {
        free(out);
        return NULL;
    }
    return out;
}

verbatim_key_type verbatim_host_key_type(const verbatim_host_key* key)
{
    switch (ssh_key_type(key->key)) {
    case SSH_KEYTYPE_ED25519: return VERBATIM_KEY_ED25519;
    case SSH_KEYTYPE_ECDSA_P256:
    case SSH_KEYTYPE_ECDSA_P384:
    case SSH_KEYTYPE_ECDSA_P521: return VERBATIM_KEY_ECDSA;
    case SSH_KEYTYPE_RSA: return VERBATIM_KEY_RSA;
    default: return VERBATIM_KEY_OTHER;
    }
}

void verbatim_host_key_free(verbatim_host_key* key)
{
    if (key == NULL) return;
    ssh_key_free(key->key);
    free(key);
}

static int set_option(ssh_session session, enum ssh_options_e option, const char* value)
{
    return value == NULL ? 0 : ssh_options_set(session, option, value);
}

static int set_algorithms(ssh_session session, const verbatim_engine_options* options)
{
    return set_option(session, SSH_OPTIONS_KEY_EXCHANGE, options->kex) < 0 ||
                   set_option(session, SSH_OPTIONS_CIPHERS_C_S, options->ciphers) < 0 ||
                   set_option(session, SSH_OPTIONS_CIPHERS_S_C, options->ciphers) < 0 ||
                   set_option(session, SSH_OPTIONS_HMAC_C_S, options->macs) < 0 ||
                   set_option(session, SSH_OPTIONS_HMAC_S_C, options->macs) < 0 ||
                   set_option(session, SSH_OPTIONS_COMPRESSION_C_S, options->compression) < 0 ||
                   set_option(session, SSH_OPTIONS_COMPRESSION_S_C, options->compression) < 0 ||
                   set_option(session, SSH_OPTIONS_HOSTKEYS, options->host_key_algorithms) < 0 ||
                   set_option(session, SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES,
                       options->accepted_user_keys) < 0
               ? -1
               : 0;
}

static int add_host_key(ssh_key* slot, const verbatim_host_key* key)
{
    if (key == NULL) return 0;
    *slot = ssh_key_dup(key->key);
    return *slot == NULL ? -1 : 0;
}

static int prepare_server(ssh_session session, const verbatim_engine_options* options)
{
    session->server = 1;
    session->server_opts.custombanner = strdup(options->software);
    return session->server_opts.custombanner == NULL ||
                   add_host_key(&session->srv.ed25519_key, options->ed25519) < 0 ||
                   add_host_key(&session->srv.ecdsa_key, options->ecdsa) < 0 ||
                   add_host_key(&session->srv.rsa_key, options->rsa) < 0
               ? -1
               : 0;
}

static int prepare_client(ssh_session session)
{
    int no = 0;
    socket_t connected = 0;
    /* libssh must look at no file of this machine: not its configuration, not its known hosts, no
     * keys. */
    return ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no) < 0 ||
                   ssh_options_set(session, SSH_OPTIONS_SSH_DIR, "/nonexistent") < 0 ||
                   ssh_options_set(session, SSH_OPTIONS_USER, "unused") < 0 ||
                   ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null") < 0 ||
                   ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null") < 0 ||
                   ssh_options_set(session, SSH_OPTIONS_FD, &connected) < 0
               ? -1
               : 0;
}

verbatim_engine* verbatim_engine_new(const verbatim_engine_options* options)
{
    verbatim_engine* engine = calloc(1, sizeof *engine);
    if (engine == NULL) return NULL;
    engine->server = options->server;
    engine->session = ssh_new();
    if (engine->session == NULL) {
        free(engine);
        return NULL;
    }
    ssh_session session = engine->session;
    ssh_set_blocking(session, 0);
    session->socket->write = options->write;
    session->socket->user = options->user;
    install_callbacks(engine);
    if (set_algorithms(session, options) < 0 ||
        (options->server ? prepare_server(session, options) : prepare_client(session)) < 0) {
        verbatim_engine_free(engine);
        return NULL;
    }
    return engine;
}

void verbatim_engine_free(verbatim_engine* engine)
{
    if (engine == NULL) return;
    /* No goodbye from ssh_free(): whoever owned the write callback may be gone. */
    engine->session->socket->write = NULL;
    ssh_key_free(engine->login_key);
    free(engine->login_user);
    ssh_free(engine->session);
    free(engine);
}

int verbatim_engine_start(verbatim_engine* engine)
{
    const int rc =
        engine->server ? ssh_handle_key_exchange(engine->session) : ssh_connect(engine->session);
    if (!engine->server && rc == SSH_AGAIN) {
        /* What the stand-in for a connected descriptor would report. */
        ssh_socket s = engine->session->socket;
        s->callbacks->connected(SSH_SOCKET_CONNECTED_OK, 0, s->callbacks->userdata);
    }
    return rc == SSH_OK || rc == SSH_AGAIN ? 0 : -1;
}

/* --- feeding
 * ---------------------------------------------------------------------------------------- */

/* Drives what libssh keeps waiting for itself: the login's replies need nobody, but ssh_connect()
 * and ssh_handle_key_exchange() hold the state that says the first key exchange is over. */
static void answer_service_requests(verbatim_engine* engine)
{
    ssh_session session = engine->session;
    ssh_message message;
    while ((message = ssh_message_pop_head(session)) != NULL) {
        if (message->type == SSH_REQUEST_SERVICE &&
            strcmp(message->service_request.service, "ssh-userauth") == 0)
            ssh_message_service_reply_success(message);
        else session->session_state = SSH_SESSION_STATE_ERROR;
        ssh_message_free(message);
    }
}

long verbatim_engine_feed(verbatim_engine* engine, void* data, size_t size)
{
    ssh_session session = engine->session;
    ssh_socket s = session->socket;
    if (session->session_state == SSH_SESSION_STATE_ERROR || !s->open) return -1;
    engine->message_type = 0;
    engine->auth_message = 0;
    const size_t used = s->callbacks->data(data, size, s->callbacks->userdata);
    if (session->session_state == SSH_SESSION_STATE_ERROR ||
        session->session_state == SSH_SESSION_STATE_DISCONNECTED || !s->open)
        return -1;
    if (engine->server) answer_service_requests(engine);
    return (long)used;
}

verbatim_phase verbatim_engine_phase(const verbatim_engine* engine)
{
    const ssh_session session = engine->session;
    if (session->session_state == SSH_SESSION_STATE_ERROR ||
        session->session_state == SSH_SESSION_STATE_DISCONNECTED || !session->socket->open)
        return VERBATIM_PHASE_FAILED;
    if (session->flags & SSH_SESSION_FLAG_AUTHENTICATED) return VERBATIM_PHASE_OPEN;
    return session->session_state == SSH_SESSION_STATE_AUTHENTICATING
               ? VERBATIM_PHASE_AUTHENTICATING
               : VERBATIM_PHASE_KEX;
}

int verbatim_engine_rekeying(const verbatim_engine* engine)
{
    const ssh_session session = engine->session;
    return (session->flags & SSH_SESSION_FLAG_AUTHENTICATED) &&
           session->dh_handshake_state != DH_STATE_FINISHED &&
           session->dh_handshake_state != DH_STATE_NEWKEYS_SENT;
}

const char* verbatim_engine_error(const verbatim_engine* engine)
{
    if (engine->session->peer_discon_msg != NULL) return engine->session->peer_discon_msg;
    return ssh_get_error(engine->session);
}

const char* verbatim_engine_peer_version(const verbatim_engine* engine)
{
    return engine->server ? engine->session->clientbanner : engine->session->serverbanner;
}

/* --- server: user authentication
 * ------------------------------------------------------------------ */

static const char* key_type_name(const ssh_key key)
{
    if (key->cert == NULL) return key->type_c;
    /* cert_type is only set where a certificate was joined to a private key; a certificate that a
     * peer sent has its own type. */
    return ssh_key_type_to_char(key->cert_type != SSH_KEYTYPE_UNKNOWN ? key->cert_type : key->type);
}

static char* key_line(const ssh_key key)
{
    char* base64 = NULL;
    if (ssh_pki_export_pubkey_base64(key, &base64) != SSH_OK) return NULL;
    const char* type = key_type_name(key);
    if (type == NULL) {
        ssh_string_free_char(base64);
        return NULL;
    }
    const size_t size = strlen(type) + 1 + strlen(base64) + 1;
    char* line = malloc(size);
    if (line != NULL) snprintf(line, size, "%s %s", type, base64);
    ssh_string_free_char(base64);
    return line;
}

const unsigned char* verbatim_engine_auth_message(const verbatim_engine* engine, size_t* size)
{
    if (!engine->auth_message) return NULL;
    /* As in verbatim_engine_message(). */
    *size = ssh_buffer_get_len(engine->session->in_buffer) + 1;
    return (const unsigned char*)ssh_buffer_get(engine->session->in_buffer) - 1;
}

int verbatim_engine_auth_reply(verbatim_engine* engine, const void* payload, size_t size, int asks)
{
    /* libssh lets an INFO_RESPONSE in only while it believes to have asked. */
    engine->session->auth.state = asks ? SSH_AUTH_STATE_INFO : SSH_AUTH_STATE_NONE;
    engine->auth_message = 0;
    return verbatim_engine_send(engine, payload, size);
}

int verbatim_engine_grant_login(verbatim_engine* engine)
{
    engine->auth_message = 0;
    if (verbatim_engine_phase(engine) != VERBATIM_PHASE_AUTHENTICATING) return -1;
    return ssh_auth_reply_success(engine->session, 0) == SSH_ERROR ? -1 : 0;
}

const unsigned char* verbatim_engine_session_id(const verbatim_engine* engine, size_t* size)
{
    const struct ssh_crypto_struct* crypto =
        ssh_packet_get_current_crypto(engine->session, SSH_DIRECTION_IN);
    if (crypto == NULL || crypto->session_id == NULL) return NULL;
    *size = crypto->session_id_len;
    return crypto->session_id;
}

int verbatim_engine_send_banner(verbatim_engine* engine, const char* text)
{
    ssh_string banner = ssh_string_from_char(text);
    if (banner == NULL) return -1;
    const int rc = ssh_send_issue_banner(engine->session, banner);
    ssh_string_free(banner);
    return rc == SSH_ERROR ? -1 : 0;
}

/* --- client
 * ------------------------------------------------------------------------------------------ */

static char* shown_host_key(verbatim_engine* engine)
{
    ssh_key key = NULL;
    if (ssh_get_server_publickey(engine->session, &key) != SSH_OK) return NULL;
    char* line = key_line(key);
    ssh_key_free(key);
    return line;
}

char* verbatim_engine_host_key(verbatim_engine* engine) { return shown_host_key(engine); }
char* verbatim_engine_own_host_key(verbatim_engine* engine) { return shown_host_key(engine); }

static int begin_login(verbatim_engine* engine, const char* user, const char* private_key_text,
    const char* certificate)
{
    engine->login_user = strdup(user);
    if (engine->login_user == NULL || ssh_pki_import_privkey_base64(private_key_text, NULL, NULL,
                                          NULL, &engine->login_key) != SSH_OK)
        return -1;
    if (certificate == NULL) return 0;
    /* "type base64": libssh wants the two apart. */
    const char* space = strchr(certificate, ' ');
    if (space == NULL) return -1;
    char type[80];
    if ((size_t)(space - certificate) >= sizeof type) return -1;
    memcpy(type, certificate, (size_t)(space - certificate));
    type[space - certificate] = '\0';
    ssh_key cert = NULL;
    char* base64 = strdup(space + 1);
    if (base64 == NULL) return -1;
    base64[strcspn(base64, " \n")] = '\0';
    int rc = ssh_pki_import_cert_base64(base64, ssh_key_type_from_name(type), &cert);
    free(base64);
    if (rc == SSH_OK) rc = ssh_pki_copy_cert_to_privkey(cert, engine->login_key);
    ssh_key_free(cert);
    return rc == SSH_OK ? 0 : -1;
}

verbatim_login_result verbatim_engine_login(verbatim_engine* engine, const char* user,
    const char* private_key_text, const char* certificate)
{
    ssh_session session = engine->session;
    if (user != NULL) {
        /* ssh_connect() is over by now; it must say so itself before libssh lets another call
         * begin. */
        if (ssh_connect(session) != SSH_OK) return VERBATIM_LOGIN_FAILED;
        if (begin_login(engine, user, private_key_text, certificate) < 0)
            return VERBATIM_LOGIN_FAILED;
    }
    switch (ssh_userauth_publickey(session, engine->login_user, engine->login_key)) {
    case SSH_AUTH_SUCCESS: return VERBATIM_LOGIN_SUCCESS;
    case SSH_AUTH_AGAIN: return VERBATIM_LOGIN_AGAIN;
    case SSH_AUTH_DENIED:
    case SSH_AUTH_PARTIAL: return VERBATIM_LOGIN_DENIED;
    default: return VERBATIM_LOGIN_FAILED;
    }
}

int verbatim_engine_ask_for_login(verbatim_engine* engine)
{
    ssh_session session = engine->session;
    /* As in verbatim_engine_login(). */
    if (ssh_connect(session) != SSH_OK) return -1;
    engine->own_login = 1;
    const int rc = ssh_service_request(session, "ssh-userauth");
    return rc == SSH_OK || rc == SSH_AGAIN ? 0 : -1;
}

int verbatim_engine_login_agreed(const verbatim_engine* engine)
{
    return engine->session->auth.service_state == SSH_AUTH_SERVICE_ACCEPTED;
}

int verbatim_engine_send_login(
    verbatim_engine* engine, const void* payload, size_t size, int is_signed)
{
    /* libssh lets a success in only when it believes to have sent a signature, and a PK_OK only
     * when it believes to have asked. */
    engine->session->auth.state =
        is_signed ? SSH_AUTH_STATE_PUBKEY_AUTH_SENT : SSH_AUTH_STATE_PUBKEY_OFFER_SENT;
    engine->auth_message = 0;
    return verbatim_engine_send(engine, payload, size);
}

int verbatim_engine_takes_rsa_sha512(const verbatim_engine* engine)
{
    const uint32_t said =
        engine->session->extensions & (SSH_EXT_SIG_RSA_SHA256 | SSH_EXT_SIG_RSA_SHA512);
    return said != SSH_EXT_SIG_RSA_SHA256;
}

/* --- connection protocol
 * ---------------------------------------------------------------------------- */

unsigned char* verbatim_engine_message(verbatim_engine* engine, size_t* size)
{
    if (engine->message_type == 0) return NULL;
    /* libssh has read the message number; it stands right before what is left. */
    *size = ssh_buffer_get_len(engine->session->in_buffer) + 1;
    return (unsigned char*)ssh_buffer_get(engine->session->in_buffer) - 1;
}

static int send_out_buffer(ssh_session session)
{
    if (session->session_state == SSH_SESSION_STATE_ERROR || !session->socket->open) return -1;
    if (session->dh_handshake_state != DH_STATE_FINISHED &&
        ssh_list_count(session->out_queue) > rekey_queue_limit) {
        session->session_state = SSH_SESSION_STATE_ERROR;
        return -1;
    }
    return ssh_packet_send(session) == SSH_ERROR ? -1 : 0;
}

int verbatim_engine_send(verbatim_engine* engine, const void* payload, size_t size)
{
    ssh_session session = engine->session;
    if (size > UINT32_MAX || ssh_buffer_add_data(session->out_buffer, payload, (uint32_t)size) < 0)
        return -1;
    return send_out_buffer(session);
}

int verbatim_engine_forward(verbatim_engine* from, verbatim_engine* to)
{
    size_t size;
    const unsigned char* payload = verbatim_engine_message(from, &size);
    if (payload == NULL) return -1;
    if (size < copy_below_bytes || verbatim_engine_rekeying(to)) {
        from->message_type = 0;
        return verbatim_engine_send(to, payload, size);
    }
    /* The packet's buffer has room in front of the payload for the new header: it changes hands. */
    const uint8_t type = payload[0];
    from->message_type = 0;
    if (ssh_buffer_prepend_data(from->session->in_buffer, &type, 1) < 0) return -1;
    ssh_buffer empty = to->session->out_buffer;
    to->session->out_buffer = from->session->in_buffer;
    from->session->in_buffer = empty;
    return send_out_buffer(to->session);
}

int verbatim_engine_rekey(verbatim_engine* engine)
{
    ssh_session session = engine->session;
    if (verbatim_engine_phase(engine) != VERBATIM_PHASE_OPEN) return -1;
    return ssh_send_rekex(session) == SSH_OK ? 0 : -1;
}

void verbatim_engine_disconnect(verbatim_engine* engine, uint32_t reason, const char* text)
{
    ssh_session session = engine->session;
    if (session->session_state == SSH_SESSION_STATE_ERROR ||
        session->session_state == SSH_SESSION_STATE_NONE || !session->socket->open ||
        session->socket->write == NULL)
        return;
    if (ssh_buffer_pack(session->out_buffer, "bdss", SSH2_MSG_DISCONNECT, reason, text, "") ==
        SSH_OK)
        ssh_packet_send(session);
    session->socket->open = 0;
}
