#ifndef VERBATIM_LIBSSH_SHIM_H
#define VERBATIM_LIBSSH_SHIM_H
/*
 * The only contact with libssh's private side: one SSH transport with its user authentication, as
 * an object without I/O. It is fed bytes and gives bytes, authentication requests and, after the
 * login, the messages of the connection protocol (RFC 4254), which libssh never gets to see.
 *
 * Thread: one at a time per engine. No function here blocks.
 */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct verbatim_engine verbatim_engine;
typedef struct verbatim_host_key
    verbatim_host_key; /* a parsed private key, shared by engines of one thread */

/* Takes `size` bytes for the wire; returns 0, or non-zero to end the connection. */
typedef int (*verbatim_write_function)(void* user, const void* data, size_t size);

typedef struct verbatim_engine_options {
    int server;      /* 1: we answer, 0: we connect */
    const char* kex; /* comma lists as in SSH_MSG_KEXINIT; NULL: libssh's default */
    const char* ciphers;
    const char* macs;
    const char* host_key_algorithms; /* client: in order of preference; NULL: default */
    const char* compression;
    const char* accepted_user_keys; /* server: signature algorithms for logins, to be told */
    const char* software;           /* server: the identification after "SSH-2.0-" */
    const verbatim_host_key* ed25519;
    const verbatim_host_key* ecdsa;
    const verbatim_host_key* rsa;
    verbatim_write_function write;
    void* user;
} verbatim_engine_options;

verbatim_host_key* verbatim_host_key_parse(const char* private_key_text);
typedef enum verbatim_key_type {
    VERBATIM_KEY_ED25519,
    VERBATIM_KEY_ECDSA,
    VERBATIM_KEY_RSA,
    VERBATIM_KEY_OTHER
} verbatim_key_type;
verbatim_key_type verbatim_host_key_type(const verbatim_host_key* key);
void verbatim_host_key_free(verbatim_host_key* key);

/* NULL: out of memory or an option that libssh refuses. */
verbatim_engine* verbatim_engine_new(const verbatim_engine_options* options);
void verbatim_engine_free(verbatim_engine* engine);

/* Begins the transport: sends our identification. 0 or -1. */
int verbatim_engine_start(verbatim_engine* engine);

/* Takes at most one packet (or line, at first) from `data`, and may change the bytes. Returns how
 * many bytes were used; 0: more are needed; -1: the transport failed (see verbatim_engine_error).
 */
long verbatim_engine_feed(verbatim_engine* engine, void* data, size_t size);

typedef enum verbatim_phase {
    VERBATIM_PHASE_KEX, /* before the first key exchange is over */
    VERBATIM_PHASE_AUTHENTICATING,
    VERBATIM_PHASE_OPEN, /* logged in; also while rekeying */
    VERBATIM_PHASE_FAILED
} verbatim_phase;
verbatim_phase verbatim_engine_phase(const verbatim_engine* engine);
int verbatim_engine_rekeying(const verbatim_engine* engine);
const char* verbatim_engine_error(const verbatim_engine* engine);
/* The peer's identification string, or NULL before it came. */
const char* verbatim_engine_peer_version(const verbatim_engine* engine);

/* --- server: user authentication (RFC 4252), which libssh never gets to see either --- */
/* The SSH_MSG_USERAUTH_REQUEST or SSH_MSG_USERAUTH_INFO_RESPONSE (of a client's engine: what the
 * target said to verbatim_engine_send_login()) of the last feed, if it brought one: the payload
 * from the message number on. Valid until the next feed. Service requests are answered inside. */
const unsigned char* verbatim_engine_auth_message(const verbatim_engine* engine, size_t* size);
/* Sends a payload that answers it. `asks`: it is an SSH_MSG_USERAUTH_INFO_REQUEST. -1: the
 * transport failed. */
int verbatim_engine_auth_reply(verbatim_engine* engine, const void* payload, size_t size, int asks);
/* SSH_MSG_USERAUTH_SUCCESS: the phase is OPEN from here on. */
int verbatim_engine_grant_login(verbatim_engine* engine);
/* RFC 4253, section 7.2; NULL before the first key exchange is over. */
const unsigned char* verbatim_engine_session_id(const verbatim_engine* engine, size_t* size);
/* "type base64" of the host key that this connection was shown; to be freed with free(). */
char* verbatim_engine_own_host_key(verbatim_engine* engine);
/* SSH_MSG_USERAUTH_BANNER: text for the user before the login is decided. */
int verbatim_engine_send_banner(verbatim_engine* engine, const char* text);

/* --- client --- */
/* After the phase AUTHENTICATING is reached: "type base64" of the target's key, to be freed with
 * free(). */
char* verbatim_engine_host_key(verbatim_engine* engine);
typedef enum verbatim_login_result {
    VERBATIM_LOGIN_AGAIN,
    VERBATIM_LOGIN_SUCCESS,
    VERBATIM_LOGIN_DENIED,
    VERBATIM_LOGIN_FAILED
} verbatim_login_result;
/* Call once with the keys, then with NULLs after each feed until it is not AGAIN.
 * `certificate` may be NULL for a plain key. */
verbatim_login_result verbatim_engine_login(verbatim_engine* engine, const char* user,
    const char* private_key_text, const char* certificate);

/* Or, instead of verbatim_engine_login(): requests of our own (RFC 4252), of which libssh gets to
 * see the success alone. Once, after the phase AUTHENTICATING is reached; -1: the transport failed.
 */
int verbatim_engine_ask_for_login(verbatim_engine* engine);
/* True once the target has agreed to that: requests may be sent. */
int verbatim_engine_login_agreed(const verbatim_engine* engine);
/* Sends an SSH_MSG_USERAUTH_REQUEST of the method publickey. What the target says to it, but for
 * SSH_MSG_USERAUTH_SUCCESS (the phase is OPEN then), is verbatim_engine_auth_message(). */
int verbatim_engine_send_login(
    verbatim_engine* engine, const void* payload, size_t size, int is_signed);
/* Does the target check RSA signatures with SHA-512? As far as it says (RFC 8308, 3.1); 0: with
 * SHA-256 only. */
int verbatim_engine_takes_rsa_sha512(const verbatim_engine* engine);

/* --- connection protocol --- */
/* The message of the last feed, if it brought one: the payload from the message number on.
 * Writable: numbers in it may be patched before it is forwarded. Valid until the next feed or
 * forward. */
unsigned char* verbatim_engine_message(verbatim_engine* engine, size_t* size);
/* Sends a payload (copied). -1: the transport failed. */
int verbatim_engine_send(verbatim_engine* engine, const void* payload, size_t size);
/* Sends the message that `from` holds, without copying it if it is large; `from` holds none then.
 */
int verbatim_engine_forward(verbatim_engine* from, verbatim_engine* to);
/* Begins a key exchange anew (RFC 4253, section 9). -1: one is running, or the transport failed. */
int verbatim_engine_rekey(verbatim_engine* engine);
/* SSH_MSG_DISCONNECT, if it can still be sent. */
void verbatim_engine_disconnect(verbatim_engine* engine, uint32_t reason, const char* text);

#ifdef __cplusplus
}
#endif
#endif
