/*
 * ossuary: a secure channel over any byte stream, with mutual authentication by bare public keys.
 *
 * docs/c.md is the way in: a first program, threads, ownership, errors, linking, and what may
 * change under which version. SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What is true of every function:
 *
 * - A pointer to an object is null, which is an error and no crash, or it came from the function
 *   that creates such objects and was not destroyed.
 * - A pointer with a size has at least so many bytes. Null with a size of 0 is an empty buffer.
 * - Strings end with a zero byte and are UTF-8.
 * - Nothing is kept of what a pointer points to after the call has returned, but for user data.
 * - Objects are freed by the function that destroys them, and nothing else is to be freed.
 * - An object is used by one thread at a time. Different objects are independent.
 * - A call that returns an error has changed nothing, unless its documentation says so. Places of
 *   results are then zero: a size of 0, or the size that is needed; a null pointer; no event.
 * - Whatever its list of errors says, a call may return OSSUARY_ERR_NULL_POINTER, OSSUARY_ERR_SIZE,
 *   OSSUARY_ERR_OVERLAP, OSSUARY_ERR_BUSY, and after a defect OSSUARY_ERR_PANIC and
 *   OSSUARY_ERR_POISONED.
 * - What is written overlaps nothing else that a call is given, the places of results included:
 *   OSSUARY_ERR_OVERLAP.
 * - Callbacks return. They do not throw into the library, nor leave it by longjmp or by ending
 *   their thread, and do not touch what the call was given inside of which they are called.
 *
 * Written by cbindgen: do not edit.
 */


#ifndef OSSUARY_H
#define OSSUARY_H

#include <stddef.h>
#include <stdint.h>

/* The version of this header, and of the library that it is of. */
#define OSSUARY_VERSION "0.6.0"
#define OSSUARY_VERSION_MAJOR 0
#define OSSUARY_VERSION_MINOR 6
#define OSSUARY_VERSION_PATCH 0
/* The same as one number, which is greater for a later version. */
#define OSSUARY_VERSION_NUMBER \
    (OSSUARY_VERSION_MAJOR * 1000000 + OSSUARY_VERSION_MINOR * 1000 + OSSUARY_VERSION_PATCH)

/* A compiler that can warns where a result is not looked at, and where null is passed that must
 * not be; the latter where it does not optimize, as it would take for granted then that nothing
 * that was passed is null. A program that passes null on purpose, as tests do, defines
 * OSSUARY_NO_NONNULL. */
#if defined(__GNUC__) || defined(__clang__)
#define OSSUARY_MUST_USE __attribute__((warn_unused_result))
#else
#define OSSUARY_MUST_USE
#endif
#if (defined(__GNUC__) || defined(__clang__)) && !defined(__OPTIMIZE__) \
    && !defined(OSSUARY_NO_NONNULL)
#define OSSUARY_NONNULL(...) __attribute__((nonnull(__VA_ARGS__)))
#else
#define OSSUARY_NONNULL(...)
#endif

/* What ossuary_create_connection creates. */
typedef enum {
    /* The side that begins. It asks about servers whose keys are not authorized. */
    OSSUARY_CONN_TYPE_CLIENT = 0x00,
    /* A server that lets in clients whose keys are authorized, and no others. */
    OSSUARY_CONN_TYPE_AUTHENTICATED_SERVER = 0x01,
    /* A server that lets in every client, anonymous ones too. */
    OSSUARY_CONN_TYPE_UNAUTHENTICATED_SERVER = 0x02
} ossuary_conn_type_t;


/**
 * The longest plaintext of a record, in bytes; less in protocol 1: `ossuary_max_plaintext`.
 */
#define OSSUARY_MAX_PLAINTEXT 65519

/**
 * How many bytes longer a record is than its plaintext; more in protocol 1:
 * `ossuary_record_overhead`.
 */
#define OSSUARY_RECORD_OVERHEAD 24

/**
 * The longest packet, in bytes.
 */
#define OSSUARY_MAX_PACKET 65543

/**
 * Where the plaintext stands in the buffer of `ossuary_seal_in_place`, in bytes from its front.
 */
#define OSSUARY_PLAINTEXT_OFFSET 8

/**
 * The length of the packet of a clean close, in bytes.
 */
#define OSSUARY_CLOSE_SIZE 42

/**
 * The longest message that a host key signs, in bytes.
 */
#define OSSUARY_MAX_SIGNED_SIZE 76

/**
 * The length of a secret key, in bytes, of every scheme: an Ed25519 seed, a P-256 scalar, an
 * ML-DSA seed.
 */
#define OSSUARY_SECRET_KEY_SIZE 32

/**
 * The length of the longest public key, in bytes: one of ML-DSA-65.
 */
#define OSSUARY_MAX_PUBLIC_KEY_SIZE 1952

/**
 * The length of the longest signature, in bytes: one of ML-DSA-65.
 */
#define OSSUARY_MAX_SIGNATURE_SIZE 3309

/**
 * The length of a fingerprint, in bytes, with the zero byte at its end.
 */
#define OSSUARY_FINGERPRINT_SIZE 51

/**
 * The room for a passphrase or PIN, in bytes, with the zero byte at its end.
 */
#define OSSUARY_MAX_PASSPHRASE_SIZE 1024

/**
 * What a call returns: OSSUARY_OK, or what is wrong.
 *
 * The numbers are part of the ABI: none ever changes its meaning. New ones may be added, so
 * take a number that you do not know by its class, `ossuary_error_class`.
 */
enum ossuary_status_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It is done.
   */
  OSSUARY_OK = 0,
  /**
   * What a signing callback returns when the signature will come later, by
   * `ossuary_provide_signature`.
   */
  OSSUARY_PENDING = 1,
  /**
   * Of the functions of 2019: it failed. `ossuary_last_error_code` and `ossuary_last_error`
   * tell why.
   */
  OSSUARY_ERR_OTHER = -1,
  /**
   * Of the functions of 2019: only a part was taken or written, as the sizes say. Call again
   * when there is more to read, or room to write.
   */
  OSSUARY_ERR_WOULDBLOCK = -64,
  /**
   * Of the functions of 2019: the server has proved a key that is not authorized.
   * `ossuary_remote_public_key` shows it, `ossuary_add_authorized_key` accepts it.
   */
  OSSUARY_ERR_UNTRUSTED_SERVER = -65,
  /**
   * The connection was closed in good order, and is over.
   */
  OSSUARY_ERR_CONNECTION_CLOSED = -66,
  /**
   * The connection ended with an error, and is over: `ossuary_failure` has the error.
   */
  OSSUARY_ERR_CONNECTION_FAILED = -67,
  /**
   * The channel was reset: go on with the handshake.
   */
  OSSUARY_ERR_CONNECTION_RESET = -68,
  /**
   * A pointer is null that must not be.
   */
  OSSUARY_ERR_NULL_POINTER = -100,
  /**
   * A size is larger than any object can be.
   */
  OSSUARY_ERR_SIZE = -101,
  /**
   * Two buffers overlap that must not.
   */
  OSSUARY_ERR_OVERLAP = -102,
  /**
   * The buffer is too small; the size that is needed was written.
   */
  OSSUARY_ERR_BUFFER_TOO_SMALL = -103,
  /**
   * Another call on the same object is not done: of another thread, or the one whose callback
   * this is.
   */
  OSSUARY_ERR_BUSY = -104,
  /**
   * An argument is none of the values that it may have, or a string is not UTF-8.
   */
  OSSUARY_ERR_INVALID_ARGUMENT = -105,
  /**
   * This library was built without what was asked for.
   */
  OSSUARY_ERR_NOT_BUILT = -106,
  /**
   * The sending half of the connection is split off, and this needs both.
   */
  OSSUARY_ERR_SPLIT = -107,
  /**
   * A record was to hold more than `ossuary_max_plaintext` bytes.
   */
  OSSUARY_ERR_RECORD_TOO_LONG = -110,
  /**
   * The padded length does not hold the record and one byte more.
   */
  OSSUARY_ERR_PADDED_TOO_SHORT = -111,
  /**
   * The channel is not open: its handshake is not done.
   */
  OSSUARY_ERR_NOT_OPEN = -112,
  /**
   * An earlier packet waits to be written: `ossuary_flush` first.
   */
  OSSUARY_ERR_FLUSH_FIRST = -113,
  /**
   * A server needs a host key, and has none.
   */
  OSSUARY_ERR_NO_HOST_KEY = -114,
  /**
   * The key store does not list the identity that was chosen.
   */
  OSSUARY_ERR_UNKNOWN_IDENTITY = -115,
  /**
   * The host key is of a scheme that the suite cannot verify.
   */
  OSSUARY_ERR_SCHEME_NOT_IN_SUITE = -116,
  /**
   * A key or a signature has not the length of its scheme.
   */
  OSSUARY_ERR_WRONG_LENGTH = -117,
  /**
   * A secret key is none of its scheme's.
   */
  OSSUARY_ERR_INVALID_SECRET_KEY = -118,
  /**
   * A pre-shared key is shorter than 16 bytes.
   */
  OSSUARY_ERR_PRE_SHARED_KEY_TOO_SHORT = -119,
  /**
   * This direction has sent all the packets that a handshake allows.
   */
  OSSUARY_ERR_COUNTER_EXHAUSTED = -120,
  /**
   * No decision about a peer's key is pending.
   */
  OSSUARY_ERR_NO_DECISION_PENDING = -121,
  /**
   * No signature is pending.
   */
  OSSUARY_ERR_NO_SIGNATURE_PENDING = -122,
  /**
   * The handshake has begun, and this can only be set before.
   */
  OSSUARY_ERR_HANDSHAKE_BEGUN = -123,
  /**
   * Reserved: the connection has the other role.
   */
  OSSUARY_ERR_WRONG_ROLE = -124,
  /**
   * A label is longer than 255 bytes, or exported keys than 255 hashes.
   */
  OSSUARY_ERR_EXPORT_TOO_LONG = -125,
  /**
   * The peer is an anonymous client, and has no key.
   */
  OSSUARY_ERR_ANONYMOUS_PEER = -126,
  /**
   * The sending half is not of this connection.
   */
  OSSUARY_ERR_FOREIGN_HALF = -127,
  /**
   * A packet has come in part through the functions of 2019: go on with those.
   */
  OSSUARY_ERR_PACKET_BEGUN = -130,
  /**
   * Protocol 1 does not have what was asked for.
   */
  OSSUARY_ERR_NOT_IN_PROTOCOL_1 = -128,
  /**
   * Protocol 1 has Ed25519 keys only.
   */
  OSSUARY_ERR_SCHEME_NOT_IN_PROTOCOL_1 = -129,
  /**
   * The calling program asked for something else that cannot be.
   */
  OSSUARY_ERR_MISUSE = -199,
  /**
   * A packet of a type that the protocol does not have.
   */
  OSSUARY_ERR_UNKNOWN_PACKET_TYPE = -200,
  /**
   * A packet of another version than the channel's.
   */
  OSSUARY_ERR_UNKNOWN_VERSION = -201,
  /**
   * A packet with flags that its type does not have.
   */
  OSSUARY_ERR_UNKNOWN_FLAGS = -202,
  /**
   * A packet of a length that its type does not allow.
   */
  OSSUARY_ERR_WRONG_PACKET_LENGTH = -203,
  /**
   * A packet that has no place at this point of the conversation.
   */
  OSSUARY_ERR_UNEXPECTED_PACKET = -204,
  /**
   * A packet out of sequence.
   */
  OSSUARY_ERR_WRONG_MESSAGE_ID = -205,
  /**
   * An alert that is not formed as one.
   */
  OSSUARY_ERR_MALFORMED_ALERT = -206,
  /**
   * A key exchange share that is none.
   */
  OSSUARY_ERR_INVALID_SHARE = -207,
  /**
   * A packet that does not open. Sides whose prologues or pre-shared keys differ find this
   * too.
   */
  OSSUARY_ERR_DECRYPTION_FAILED = -208,
  /**
   * A packet did not come, or not whole, within the timeout.
   */
  OSSUARY_ERR_TIMED_OUT = -209,
  /**
   * The client speaks a version that this side does not.
   */
  OSSUARY_ERR_VERSION_NOT_SUPPORTED = -210,
  /**
   * The client asked for another suite.
   */
  OSSUARY_ERR_SUITE_NOT_SUPPORTED = -211,
  /**
   * The peer's signature is not that of its key, or its key is none.
   */
  OSSUARY_ERR_BAD_SIGNATURE = -212,
  /**
   * The peer's key is of a scheme that this side cannot verify.
   */
  OSSUARY_ERR_SCHEME_NOT_SUPPORTED = -213,
  /**
   * The peer's authentication is malformed.
   */
  OSSUARY_ERR_MALFORMED_IDENTITY = -214,
  /**
   * The peer has no key, and must have one.
   */
  OSSUARY_ERR_PEER_WITHOUT_KEY = -215,
  /**
   * The peer's key is not authorized.
   */
  OSSUARY_ERR_NOT_AUTHORIZED = -216,
  /**
   * The peer's key is not among those that its name is known to have.
   */
  OSSUARY_ERR_KEY_CHANGED = -217,
  /**
   * The peer's key is revoked.
   */
  OSSUARY_ERR_KEY_REVOKED = -218,
  /**
   * Another peer than before answered in a new handshake.
   */
  OSSUARY_ERR_IDENTITY_CHANGED = -219,
  /**
   * The peer says to have received a number of records that cannot be.
   */
  OSSUARY_ERR_IMPOSSIBLE_COUNT = -220,
  /**
   * Padding without its marker.
   */
  OSSUARY_ERR_BAD_PADDING = -221,
  /**
   * A malformed close.
   */
  OSSUARY_ERR_MALFORMED_CLOSE = -222,
  /**
   * The peer sent more packets under one key than is allowed.
   */
  OSSUARY_ERR_KEY_LIMIT_REACHED = -223,
  /**
   * The peer's nonce of protocol 1 is too near to this side's.
   */
  OSSUARY_ERR_NONCE_TOO_NEAR = -224,
  /**
   * Too many resets without a record between them.
   */
  OSSUARY_ERR_TOO_MANY_RESETS = -225,
  /**
   * The peer ended the connection, and says why.
   */
  OSSUARY_ERR_DISCONNECTED = -226,
  /**
   * The server does not run the suite of this client.
   */
  OSSUARY_ERR_SUITE_REFUSED = -227,
  /**
   * The stream ended without a clean close: data may be missing.
   */
  OSSUARY_ERR_STREAM_ENDED = -228,
  /**
   * The peer closed the channel, which protocol 1 does not prove: data may be missing.
   */
  OSSUARY_ERR_UNPROVEN_CLOSE = -229,
  /**
   * The peer reset the channel: what `ossuary_last_reset` says of it.
   */
  OSSUARY_ERR_RESET_BY_PEER = -230,
  /**
   * Something else in what the peer sent is wrong.
   */
  OSSUARY_ERR_PEER = -299,
  /**
   * The cryptography library failed, or cannot run on this machine.
   */
  OSSUARY_ERR_CRYPTO = -300,
  /**
   * The system gave no random bytes.
   */
  OSSUARY_ERR_RANDOM = -301,
  /**
   * The key store, or the key in it, is not there.
   */
  OSSUARY_ERR_KEY_NOT_FOUND = -400,
  /**
   * It is locked: a PIN, a passphrase or a login is needed.
   */
  OSSUARY_ERR_KEY_LOCKED = -401,
  /**
   * It refuses this program, or this use of the key.
   */
  OSSUARY_ERR_KEY_DENIED = -402,
  /**
   * A person said no, or did not answer.
   */
  OSSUARY_ERR_KEY_CANCELLED = -403,
  /**
   * It cannot answer now; the same call may succeed later.
   */
  OSSUARY_ERR_KEY_TRY_AGAIN = -404,
  /**
   * It does not work, or signed with another key than it announced.
   */
  OSSUARY_ERR_KEY_BROKEN = -405,
  /**
   * The trust policy could not tell whether to trust the peer.
   */
  OSSUARY_ERR_TRUST = -500,
  /**
   * This side's own program ended the connection before it was open, or with an error.
   */
  OSSUARY_ERR_LOCAL_END = -600,
  /**
   * This side's own cryptography library or trust policy failed where it cannot be repeated.
   */
  OSSUARY_ERR_LOCAL_FAILURE = -601,
  /**
   * This library failed by a defect of its own. The object cannot be used any more, and is to
   * be destroyed.
   */
  OSSUARY_ERR_PANIC = -700,
  /**
   * The object cannot be used since a call on it returned OSSUARY_ERR_PANIC.
   */
  OSSUARY_ERR_POISONED = -701,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ossuary_status_t ossuary_status_t;
#else
typedef int32_t ossuary_status_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whose fault an error is.
 */
enum ossuary_error_class_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * None: OSSUARY_OK and OSSUARY_PENDING.
   */
  OSSUARY_CLASS_NONE = 0,
  /**
   * Nobody's: the connection is over or was reset, or the call is to be repeated.
   */
  OSSUARY_CLASS_CONDITION = 1,
  /**
   * The calling program's. Nothing has changed.
   */
  OSSUARY_CLASS_CALLER = 2,
  /**
   * The peer's, or of whoever holds the line.
   */
  OSSUARY_CLASS_PEER = 3,
  /**
   * The cryptography library's or the random source's.
   */
  OSSUARY_CLASS_CRYPTO = 4,
  /**
   * The key store's.
   */
  OSSUARY_CLASS_KEY_STORE = 5,
  /**
   * The trust policy's.
   */
  OSSUARY_CLASS_TRUST = 6,
  /**
   * This side ended the connection.
   */
  OSSUARY_CLASS_LOCAL = 7,
  /**
   * A defect of this library.
   */
  OSSUARY_CLASS_DEFECT = 8,
  /**
   * Not known: OSSUARY_ERR_OTHER, and numbers that are no status.
   */
  OSSUARY_CLASS_UNKNOWN = 9,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ossuary_error_class_t ossuary_error_class_t;
#else
typedef uint32_t ossuary_error_class_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The signature scheme of a host key.
 */
enum ossuary_scheme_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * No key: an anonymous client.
   */
  OSSUARY_NO_KEY = 0,
  /**
   * Ed25519 (RFC 8032): public keys of 32 bytes, signatures of 64.
   */
  OSSUARY_ED25519 = 1,
  /**
   * ECDSA on P-256 with SHA-256: public keys of 33 bytes (compressed SEC 1 points),
   * signatures of 64 (r and s).
   */
  OSSUARY_ECDSA_P256 = 2,
  /**
   * ML-DSA-65 (FIPS 204) with an empty context: public keys of 1952 bytes, signatures of
   * 3309.
   */
  OSSUARY_ML_DSA_65 = 17,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ossuary_scheme_t ossuary_scheme_t;
#else
typedef uint32_t ossuary_scheme_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Which end of a connection.
 */
enum ossuary_role_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The side that begins the handshake.
   */
  OSSUARY_CLIENT = 0,
  /**
   * The side that answers it.
   */
  OSSUARY_SERVER = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ossuary_role_t ossuary_role_t;
#else
typedef uint32_t ossuary_role_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a trust callback says of a peer.
 */
enum ossuary_verdict_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It is not let in, unless the program has authorized its key beforehand.
   */
  OSSUARY_REFUSED = 0,
  /**
   * It is trusted: the handshake goes on.
   */
  OSSUARY_TRUSTED = 1,
  /**
   * Nothing is known of it, and the program is to decide (`ossuary_decide`): trust on first
   * use. An anonymous client is refused.
   */
  OSSUARY_UNKNOWN = 2,
  /**
   * Its name is known to have other keys. The connection ends, and nobody is asked.
   */
  OSSUARY_CHANGED = 3,
  /**
   * Its key is known to be bad. The connection ends, and nobody is asked.
   */
  OSSUARY_REVOKED = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ossuary_verdict_t ossuary_verdict_t;
#else
typedef int32_t ossuary_verdict_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whom to trust besides those whose keys are authorized.
 */
enum ossuary_trust_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nobody.
   */
  OSSUARY_TRUST_AUTHORIZED = 0,
  /**
   * Whom the program decides to trust when it is asked (OSSUARY_EVENT_UNDECIDED): trust on
   * first use. Anonymous clients are refused.
   */
  OSSUARY_TRUST_ASK = 1,
  /**
   * Everybody, anonymous clients too.
   */
  OSSUARY_TRUST_ANYONE = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ossuary_trust_t ossuary_trust_t;
#else
typedef uint32_t ossuary_trust_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a connection is doing.
 */
enum ossuary_state_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * There is none: a null pointer, a call that is not done, an earlier defect.
   */
  OSSUARY_STATE_NONE = 0,
  /**
   * The first handshake is under way.
   */
  OSSUARY_STATE_HANDSHAKING = 1,
  /**
   * The channel lost its keys, and a new handshake is under way.
   */
  OSSUARY_STATE_RECOVERING = 2,
  /**
   * The program is to decide about the peer's key: `ossuary_undecided_peer`,
   * `ossuary_decide`.
   */
  OSSUARY_STATE_UNDECIDED = 3,
  /**
   * The program is to bring this side's signature: `ossuary_pending_signature`,
   * `ossuary_provide_signature`.
   */
  OSSUARY_STATE_AWAITING_SIGNATURE = 4,
  /**
   * Records go both ways.
   */
  OSSUARY_STATE_OPEN = 5,
  /**
   * It is over, by a clean close.
   */
  OSSUARY_STATE_CLOSED = 6,
  /**
   * It is over, by an error: `ossuary_failure`.
   */
  OSSUARY_STATE_FAILED = 7,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ossuary_state_t ossuary_state_t;
#else
typedef uint32_t ossuary_state_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What `ossuary_receive` found.
 */
enum ossuary_event_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing: the call failed.
   */
  OSSUARY_EVENT_NONE = 0,
  /**
   * The next packet is not whole: at least `need` more bytes are needed.
   */
  OSSUARY_EVENT_NEED_BYTES = 1,
  /**
   * Nothing is read now: the connection has something to send first, or waits for the
   * program's decision or signature.
   */
  OSSUARY_EVENT_NOT_YET = 2,
  /**
   * Something of the protocol's own was dealt with, or dropped. There may be something to send.
   */
  OSSUARY_EVENT_PROGRESS = 3,
  /**
   * The peer has proved its key, and the program is to decide: `ossuary_undecided_peer`,
   * `ossuary_decide`. This comes once.
   */
  OSSUARY_EVENT_UNDECIDED = 4,
  /**
   * The handshake is done, and the channel is open. This is a server's event: a client's channel
   * is open when `ossuary_send` has written its last packet of the handshake, and a server's
   * that waited for `ossuary_decide` when that has returned.
   */
  OSSUARY_EVENT_OPEN = 5,
  /**
   * A record: `plaintext` and `plaintext_len`.
   */
  OSSUARY_EVENT_RECORD = 6,
  /**
   * The channel has lost its keys (`ossuary_last_reset`); `ossuary_send` has what begins a new
   * handshake.
   */
  OSSUARY_EVENT_RESET = 7,
  /**
   * The peer closed the channel in good order: all that it had sent has come, and nothing more
   * will. Whether it read what this side had sent last, it does not say.
   */
  OSSUARY_EVENT_CLOSED = 8,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ossuary_event_t ossuary_event_t;
#else
typedef uint32_t ossuary_event_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a connection is made of: its role, its host keys, whom it trusts. One configuration
 * serves any number of connections; what is changed in it later is for those that are created
 * later.
 *
 * It is used by one thread at a time; a call while another is not done returns
 * OSSUARY_ERR_BUSY.
 */
typedef struct OssuaryConfig OssuaryConfig;

/**
 * One end of a secure channel. It does no input or output: the program carries bytes between it
 * and its stream.
 *
 * It is used by one thread at a time, of any thread; a call while another is not done returns
 * OSSUARY_ERR_BUSY. For two threads there is `ossuary_split`.
 */
typedef struct OssuaryConnection OssuaryConnection;

/**
 * The list that an `ossuary_identities_fn` fills.
 */
typedef struct OssuaryIdentities OssuaryIdentities;

/**
 * The sending half of a channel, which another thread can use while the connection receives.
 */
typedef struct OssuarySender OssuarySender;

/**
 * Lists the identities of a key store that is a callback, the preferred one first, by
 * `ossuary_identities_add`. It is called when a connection is created.
 *
 * It returns OSSUARY_OK, or one of OSSUARY_ERR_KEY_...; any other status counts as
 * OSSUARY_ERR_KEY_BROKEN.
 */
typedef ossuary_status_t (*ossuary_identities_fn)(void *user_data,
                                                  struct OssuaryIdentities *identities);

/**
 * Signs `message` with the private key of `public_key`, one of the identities that were listed.
 *
 * `message` is the whole message, not hashed, of at most 76 bytes; ECDSA hashes it with
 * SHA-256. `role` is that of this side. `signature` has just the bytes of the scheme's
 * signatures. The signature is verified before it is sent.
 *
 * It returns OSSUARY_OK when `signature` is filled; OSSUARY_PENDING when the signature will come
 * later, by `ossuary_provide_signature`; or one of OSSUARY_ERR_KEY_... after which the
 * connection is unchanged and asks again at the next `ossuary_send`. Any other status counts as
 * OSSUARY_ERR_KEY_BROKEN.
 */
typedef ossuary_status_t (*ossuary_sign_fn)(void *user_data,
                                            ossuary_role_t role,
                                            ossuary_scheme_t scheme,
                                            const uint8_t *public_key,
                                            size_t public_key_len,
                                            const uint8_t *message,
                                            size_t message_len,
                                            uint8_t *signature,
                                            size_t signature_len);

/**
 * Is given `user_data` when nothing will use it any more.
 */
typedef void (*ossuary_free_fn)(void *user_data);

/**
 * Decides whom to trust. It is asked once for each connection, after the peer's signature has
 * been verified.
 *
 * `peer_role` is the peer's. `peer_name` is the name that the program gave it by
 * `ossuary_config_set_peer_name`, or null. `scheme` and `public_key` are those that it proved to
 * have; of an anonymous client `scheme` is OSSUARY_NO_KEY and `public_key` null.
 *
 * It returns an `ossuary_verdict_t`. Any other number says that it cannot tell: the connection
 * ends with OSSUARY_ERR_TRUST.
 */
typedef ossuary_verdict_t (*ossuary_trust_fn)(void *user_data,
                                              ossuary_role_t peer_role,
                                              const char *peer_name,
                                              ossuary_scheme_t scheme,
                                              const uint8_t *public_key,
                                              size_t public_key_len);

/**
 * What `ossuary_receive` found, and where.
 */
typedef struct ossuary_received_t {
  /**
   * What it was.
   */
  ossuary_event_t event;
  /**
   * How many bytes at the front of the buffer are done with. They are to be removed before
   * the next call; what is behind them is untouched.
   */
  size_t consumed;
  /**
   * Of OSSUARY_EVENT_RECORD: the plaintext, inside of the buffer that was given; otherwise
   * null.
   */
  uint8_t *plaintext;
  /**
   * Of OSSUARY_EVENT_RECORD: how long it is, in bytes; otherwise 0.
   */
  size_t plaintext_len;
  /**
   * Of OSSUARY_EVENT_NEED_BYTES: how many more bytes are needed at least; otherwise 0.
   */
  size_t need;
} ossuary_received_t;

/**
 * What became of the records that this side had sent when the channel was reset: the first
 * `received` of them arrived, and the others did not.
 */
typedef struct ossuary_delivery_t {
  /**
   * How many records this side had sent, over the whole connection.
   */
  uint64_t sent;
  /**
   * How many of them arrived. In protocol 1, which tells nobody, 0.
   */
  uint64_t received;
  /**
   * 1 where the two sides told each other their counts; 0 in protocol 1, where records of the
   * peer's may be missing too.
   */
  uint8_t counted;
} ossuary_delivery_t;

/**
 * Asks a person for a passphrase or a PIN: writes it to `passphrase`, of `size` bytes
 * (OSSUARY_MAX_PASSPHRASE_SIZE), in UTF-8 with a zero byte at its end. `what` is the file or the
 * token that it is for; `attempt` is 1 at first, and more after one that was wrong. The buffer is
 * wiped afterwards.
 *
 * It returns OSSUARY_OK; anything else says that the person gave none.
 */
typedef ossuary_status_t (*ossuary_passphrase_fn)(void *user_data,
                                                  const char *what,
                                                  uint32_t attempt,
                                                  char *passphrase,
                                                  size_t size);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The longest packet, in bytes: OSSUARY_MAX_PACKET of the library that runs. A buffer of this
 * size is enough for every call, in both protocols.
 */
OSSUARY_MUST_USE size_t ossuary_max_packet(void);

/**
 * OSSUARY_PLAINTEXT_OFFSET, for who cannot read macros.
 */
OSSUARY_MUST_USE size_t ossuary_plaintext_offset(void);

/**
 * OSSUARY_CLOSE_SIZE, for who cannot read macros.
 */
OSSUARY_MUST_USE size_t ossuary_close_size(void);

/**
 * OSSUARY_MAX_SIGNED_SIZE, for who cannot read macros.
 */
OSSUARY_MUST_USE size_t ossuary_max_signed_size(void);

/**
 * Adds an identity behind those that are in the list. It is called by an
 * `ossuary_identities_fn`, with the list that it was given.
 *
 * Errors: OSSUARY_ERR_INVALID_ARGUMENT for a scheme that is none, OSSUARY_ERR_WRONG_LENGTH.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_identities_add(struct OssuaryIdentities *identities,
                                        ossuary_scheme_t scheme,
                                        const uint8_t *public_key,
                                        size_t public_key_len)
OSSUARY_NONNULL(1, 3);

/**
 * Makes a configuration for connections in `role`, or null where that is none.
 *
 * Without a host key a client is anonymous, and a server cannot be created. Until it is told
 * otherwise, a client asks about servers whose keys are not authorized, and a server refuses
 * clients whose keys are not.
 *
 * It is freed by `ossuary_destroy_config`.
 */
OSSUARY_MUST_USE struct OssuaryConfig *ossuary_create_config(ossuary_role_t role);

/**
 * Frees a configuration, wipes its keys, and sets `*config` to null. Connections that were made
 * of it live on, and have the keys that they need. Null, and a null configuration, are nothing
 * to free.
 */
void ossuary_destroy_config(struct OssuaryConfig **config);

/**
 * What the last call on `config` that failed says, for people, in UTF-8. It is valid until the
 * next call on `config`. For null it is that of the last call on this thread that had no object.
 */
const char *ossuary_config_last_error(const struct OssuaryConfig *config);

/**
 * Adds a host key in memory, of OSSUARY_SECRET_KEY_SIZE bytes, behind those that are there. The
 * first one is used, unless `ossuary_config_set_identity` chooses another. The bytes are copied,
 * and the copy is wiped when the configuration and its connections are gone. A key store that
 * was set before is given up.
 *
 * Errors: OSSUARY_ERR_INVALID_ARGUMENT for a scheme that is none, OSSUARY_ERR_WRONG_LENGTH,
 * OSSUARY_ERR_INVALID_SECRET_KEY.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_add_secret_key(struct OssuaryConfig *config,
                                               ossuary_scheme_t scheme,
                                               const uint8_t *secret_key,
                                               size_t secret_key_len)
OSSUARY_NONNULL(1, 3);

/**
 * Has host keys listed and used by callbacks: an HSM, say. Keys and stores that were there
 * before are given up.
 *
 * The callbacks are called on the threads that use this configuration's connections, inside of
 * `ossuary_create_connection_with` and `ossuary_send`. They must not use the connection they are
 * called for: such a call returns OSSUARY_ERR_BUSY. `free_user_data` may be null; otherwise it
 * is called with `user_data` once nothing uses the callbacks any more, also where this call
 * fails.
 *
 * Errors: OSSUARY_ERR_NULL_POINTER.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_set_key_callbacks(struct OssuaryConfig *config,
                                                  ossuary_identities_fn identities,
                                                  ossuary_sign_fn sign,
                                                  void *user_data,
                                                  ossuary_free_fn free_user_data)
OSSUARY_NONNULL(1);

/**
 * Chooses which of the host keys to use, by its public key; otherwise the first one is. Null and
 * a length of 0 take the choice back.
 *
 * Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_WRONG_LENGTH. Whether there is such a key is
 * seen when a connection is created: OSSUARY_ERR_UNKNOWN_IDENTITY.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_set_identity(struct OssuaryConfig *config,
                                             ossuary_scheme_t scheme,
                                             const uint8_t *public_key,
                                             size_t public_key_len)
OSSUARY_NONNULL(1);

/**
 * Authorizes a peer's public key, on every connection that is created later.
 *
 * Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_WRONG_LENGTH.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_authorize(struct OssuaryConfig *config,
                                          ossuary_scheme_t scheme,
                                          const uint8_t *public_key,
                                          size_t public_key_len)
OSSUARY_NONNULL(1, 3);

/**
 * Sets whom to trust besides those whose keys are authorized. It replaces any policy that was set
 * before.
 *
 * Errors: OSSUARY_ERR_INVALID_ARGUMENT.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_set_trust(struct OssuaryConfig *config,
                                          ossuary_trust_t trust)
OSSUARY_NONNULL(1);

/**
 * Has a callback decide whom to trust. It replaces any policy that was set before.
 *
 * The callback is called inside of `ossuary_receive`, on the thread that calls that, and must not
 * use the connection it is called for. `free_user_data` is as in
 * `ossuary_config_set_key_callbacks`.
 *
 * Errors: OSSUARY_ERR_NULL_POINTER.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_set_trust_callback(struct OssuaryConfig *config,
                                                   ossuary_trust_fn trust,
                                                   void *user_data,
                                                   ossuary_free_fn free_user_data)
OSSUARY_NONNULL(1);

/**
 * Sets the name by which the program knows the peer, for the trust policy; it is not sent. Null
 * takes it back.
 *
 * Errors: OSSUARY_ERR_INVALID_ARGUMENT where it is not UTF-8.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_set_peer_name(struct OssuaryConfig *config,
                                              const char *peer_name)
OSSUARY_NONNULL(1);

/**
 * Sets bytes that both sides have to agree on: what the program is, its version, what was said
 * before. Sides that do not agree find OSSUARY_ERR_DECRYPTION_FAILED. They are copied, and not
 * secret. Null and a length of 0 take them back.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_set_prologue(struct OssuaryConfig *config,
                                             const uint8_t *prologue,
                                             size_t prologue_len)
OSSUARY_NONNULL(1);

/**
 * Sets a secret key that both sides have beforehand, of at least 16 random bytes: the channel is
 * then as good as that key, whatever becomes of the key exchange. It is copied, and the copy
 * wiped when the configuration is freed. Null and a length of 0 take it back.
 *
 * A key that is shorter is refused when a connection is created:
 * OSSUARY_ERR_PRE_SHARED_KEY_TOO_SHORT.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_set_pre_shared_key(struct OssuaryConfig *config,
                                                   const uint8_t *key,
                                                   size_t key_len)
OSSUARY_NONNULL(1);

/**
 * Sets how long a side waits before it resets the channel, in milliseconds: `packet_ms` for a
 * packet that is due, and for more of one that has begun, at first 3000; `person_ms` for a packet
 * whose sender may be asking a person, at first 60000. Time is what `ossuary_advance` tells.
 *
 * Errors: OSSUARY_ERR_INVALID_ARGUMENT where one of them is 0.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_set_timeouts(struct OssuaryConfig *config,
                                             uint64_t packet_ms,
                                             uint64_t person_ms)
OSSUARY_NONNULL(1);

/**
 * Creates a connection of protocol 2, and sets `*connection` to it; to null where the call
 * fails. It is freed by `ossuary_destroy_connection`.
 *
 * Key store callbacks are called inside of this call.
 *
 * Errors: OSSUARY_ERR_NO_HOST_KEY for a server without a key, OSSUARY_ERR_UNKNOWN_IDENTITY,
 * OSSUARY_ERR_SCHEME_NOT_IN_SUITE, OSSUARY_ERR_PRE_SHARED_KEY_TOO_SHORT, OSSUARY_ERR_CRYPTO
 * where the cryptography library cannot run on this machine, OSSUARY_ERR_KEY_... of a key store
 * that could not be asked. The text is that of `ossuary_config_last_error`.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_create_connection_with(struct OssuaryConfig *config,
                                                struct OssuaryConnection **connection)
OSSUARY_NONNULL(1, 2);

/**
 * Creates a connection of protocol 1, that of 2019, for a peer that speaks no other. Host keys
 * have to be Ed25519 keys; there is no prologue, no pre-shared key, no padding, no re-keying and
 * no exporter; and a forged or missing end of the conversation cannot be told from the peer's
 * own. Wherever both ends can be changed, use protocol 2.
 *
 * It takes the full interface only, without `ossuary_split`: the functions of 2019
 * (`ossuary_send_data` and those beside it) speak protocol 2.
 *
 * Errors: OSSUARY_ERR_NOT_BUILT where this library was built without its feature `v1`;
 * OSSUARY_ERR_SCHEME_NOT_IN_PROTOCOL_1, OSSUARY_ERR_NOT_IN_PROTOCOL_1, and those of
 * `ossuary_create_connection_with`.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_create_connection_v1(struct OssuaryConfig *config,
                                              struct OssuaryConnection **connection)
OSSUARY_NONNULL(1, 2);

/**
 * Frees a connection, wipes its keys, and sets `*conn` to null. The peer is told nothing: see
 * `ossuary_disconnect`. Null, and a null connection, are nothing to free. Inside of a callback
 * of the same connection, it is freed when the call is done that the callback belongs to.
 */
void ossuary_destroy_connection(struct OssuaryConnection **conn);

/**
 * What the last call on `conn` that failed says, for people, in UTF-8: what is wrong and what
 * helps, without secrets. It is empty where none has failed, and valid until the next call on
 * `conn`. For null it is that of the last call on this thread that had no object, or whose object
 * was null or busy.
 */
const char *ossuary_last_error(const struct OssuaryConnection *conn);

/**
 * The status of the call whose text `ossuary_last_error` has. Of a function of 2019, which
 * returns OSSUARY_ERR_OTHER for most, it is the one that tells what is wrong.
 */
OSSUARY_MUST_USE ossuary_status_t ossuary_last_error_code(const struct OssuaryConnection *conn);

/**
 * What the connection is doing.
 */
OSSUARY_MUST_USE ossuary_state_t ossuary_state(const struct OssuaryConnection *conn);

/**
 * The version of the protocol that the connection speaks: 2 or 1; 0 for null.
 */
OSSUARY_MUST_USE uint8_t ossuary_protocol(const struct OssuaryConnection *conn);

/**
 * The longest plaintext of a record of this connection, in bytes: OSSUARY_MAX_PLAINTEXT, and
 * less in protocol 1. For null it is OSSUARY_MAX_PLAINTEXT.
 */
OSSUARY_MUST_USE size_t ossuary_max_plaintext(const struct OssuaryConnection *conn);

/**
 * How many bytes longer a record of this connection is than its plaintext:
 * OSSUARY_RECORD_OVERHEAD, and more in protocol 1. For null it is OSSUARY_RECORD_OVERHEAD.
 */
OSSUARY_MUST_USE size_t ossuary_record_overhead(const struct OssuaryConnection *conn);

/**
 * How many bytes `ossuary_send` needs; 0 where it has nothing to write. Nothing is received
 * before that is written.
 */
OSSUARY_MUST_USE size_t ossuary_send_len(const struct OssuaryConnection *conn);

/**
 * Writes the next packet of the protocol's own to the front of `out`, and its length to
 * `out_len`; 0 where there is none. The bytes are to be sent, all of them and once, before any
 * record that is sealed later. OSSUARY_MAX_PACKET bytes are always enough.
 *
 * This is where the key store is asked for a signature. Where the answer is that it comes later,
 * there is nothing to send until `ossuary_provide_signature`.
 *
 * Errors: OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `out_len`, and
 * OSSUARY_ERR_KEY_...: nothing has changed, and the call can be repeated. OSSUARY_ERR_CRYPTO,
 * OSSUARY_ERR_RANDOM. OSSUARY_ERR_SPLIT, and OSSUARY_ERR_FLUSH_FIRST where a function of 2019
 * keeps a part of an earlier packet.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_send(struct OssuaryConnection *conn,
                              uint8_t *out,
                              size_t out_size,
                              size_t *out_len)
OSSUARY_NONNULL(1, 4);

/**
 * Takes the next packet at the front of `buffer`, bytes as they came from the stream, and opens
 * it where it stands. At most one packet is taken; `received` tells what it was and how many
 * bytes it had. `buffer` may hold less than a packet, which stays where it is for the next call,
 * with more behind it; or more, which is for the calls after. A buffer of OSSUARY_MAX_PACKET
 * bytes is always enough.
 *
 * The trust callback is called inside of this call.
 *
 * Errors: those of the class OSSUARY_CLASS_PEER, OSSUARY_ERR_CRYPTO and OSSUARY_ERR_TRUST: the
 * connection has ended, and `ossuary_send` may have the packet that tells the peer. After that
 * OSSUARY_ERR_CONNECTION_FAILED or OSSUARY_ERR_CONNECTION_CLOSED. OSSUARY_ERR_PACKET_BEGUN where
 * `ossuary_recv_handshake` or `ossuary_recv_data` keeps a part of a packet.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_receive(struct OssuaryConnection *conn,
                                 uint8_t *buffer,
                                 size_t buffer_len,
                                 struct ossuary_received_t *received)
OSSUARY_NONNULL(1, 4);

/**
 * Seals `plaintext` as one record to the front of `out`, and writes its length to `out_len`:
 * `ossuary_record_overhead` bytes more than the plaintext's. The buffers must not overlap.
 *
 * Errors, after which nothing has changed: OSSUARY_ERR_NOT_OPEN, OSSUARY_ERR_RECORD_TOO_LONG,
 * OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `out_len`,
 * OSSUARY_ERR_COUNTER_EXHAUSTED, OSSUARY_ERR_OVERLAP, OSSUARY_ERR_SPLIT,
 * OSSUARY_ERR_FLUSH_FIRST where `ossuary_send_data` keeps a part of an earlier record,
 * OSSUARY_ERR_CONNECTION_CLOSED, OSSUARY_ERR_CONNECTION_FAILED.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_seal(struct OssuaryConnection *conn,
                              const uint8_t *plaintext,
                              size_t plaintext_len,
                              uint8_t *out,
                              size_t out_size,
                              size_t *out_len)
OSSUARY_NONNULL(1, 6);

/**
 * Seals in place. `buffer`, of `buffer_size` bytes, has the plaintext of `plaintext_len` bytes
 * at OSSUARY_PLAINTEXT_OFFSET, and gets the record, whose length is written to `record_len`: it
 * is `ossuary_record_overhead` bytes longer than the plaintext.
 *
 * Errors: as those of `ossuary_seal`, after which the buffer is as it was.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_seal_in_place(struct OssuaryConnection *conn,
                                       uint8_t *buffer,
                                       size_t buffer_size,
                                       size_t plaintext_len,
                                       size_t *record_len)
OSSUARY_NONNULL(1, 2, 5);

/**
 * Seals as `ossuary_seal` does, with padding: the record is as long as one of `padded_len` bytes,
 * whatever the plaintext is. `padded_len` is at least one more than `plaintext_len`.
 *
 * Errors: as those of `ossuary_seal`; OSSUARY_ERR_PADDED_TOO_SHORT,
 * OSSUARY_ERR_NOT_IN_PROTOCOL_1.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_seal_padded(struct OssuaryConnection *conn,
                                     const uint8_t *plaintext,
                                     size_t plaintext_len,
                                     size_t padded_len,
                                     uint8_t *out,
                                     size_t out_size,
                                     size_t *out_len)
OSSUARY_NONNULL(1, 7);

/**
 * Goes on with a new key after the next record.
 *
 * Errors: OSSUARY_ERR_NOT_OPEN, OSSUARY_ERR_SPLIT, OSSUARY_ERR_NOT_IN_PROTOCOL_1,
 * OSSUARY_ERR_CONNECTION_CLOSED, OSSUARY_ERR_CONNECTION_FAILED.
 */
OSSUARY_MUST_USE ossuary_status_t ossuary_rekey(struct OssuaryConnection *conn) OSSUARY_NONNULL(1);

/**
 * Ends the connection: `ossuary_send` then has the last packet, which tells the peer. With
 * `with_error` 0 an open channel is closed in good order, of which the peer learns that nothing
 * is missing; otherwise, and before the channel is open, it is ended by an error. Nothing is
 * received any more: a program that wants what the peer is still sending has it say when it is
 * done, and ends then.
 *
 * Errors: OSSUARY_ERR_SPLIT.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_disconnect(struct OssuaryConnection *conn,
                                    int32_t with_error)
OSSUARY_NONNULL(1);

/**
 * Says that the stream has ended: nothing more will come.
 *
 * It returns OSSUARY_OK where the connection had been closed in good order,
 * OSSUARY_ERR_STREAM_ENDED where data may be missing, and OSSUARY_ERR_CONNECTION_FAILED where it
 * had failed before.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_end_of_stream(struct OssuaryConnection *conn)
OSSUARY_NONNULL(1);

/**
 * Tells the time, in milliseconds of a clock that does not go back, whatever it began at. Where a
 * timeout has come, the channel is reset or the connection ends, and `timed_out` is set to 1,
 * otherwise to 0; `timed_out` may be null.
 *
 * Errors: OSSUARY_ERR_TOO_MANY_RESETS: the connection has ended.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_advance(struct OssuaryConnection *conn,
                                 uint64_t now_ms,
                                 int32_t *timed_out)
OSSUARY_NONNULL(1);

/**
 * When the next timeout comes, on the clock that `ossuary_advance` tells, in milliseconds;
 * UINT64_MAX where none is waited for.
 */
OSSUARY_MUST_USE uint64_t ossuary_deadline(const struct OssuaryConnection *conn);

/**
 * Why the connection failed: OSSUARY_OK where it has not. `reason`, which may be null, is set to
 * the reason that stands in the packet which tells the peer of it, or by which the peer told it.
 * `ossuary_last_error` then has the text.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_failure(struct OssuaryConnection *conn,
                                 uint8_t *reason)
OSSUARY_NONNULL(1);

/**
 * Why the channel was reset last: OSSUARY_OK where it was not; OSSUARY_ERR_RESET_BY_PEER where
 * the peer did; otherwise what this side found. `reason`, which may be null, is set to the reason
 * that stood in the Reset. `ossuary_last_error` then has the text.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_last_reset(struct OssuaryConnection *conn,
                                    uint8_t *reason)
OSSUARY_NONNULL(1);

/**
 * How many records this side has received, over all handshakes of the connection.
 */
OSSUARY_MUST_USE uint64_t ossuary_records_received(const struct OssuaryConnection *conn);

/**
 * How many records this side has sent; after a recovery, counted on from what the peer has
 * received. While the sending half is split off, it is the count of when that was done.
 */
OSSUARY_MUST_USE uint64_t ossuary_records_sent(const struct OssuaryConnection *conn);

/**
 * What became of the records that had been sent when the channel was reset: once after a
 * recovery. `present` is set to 1 where there is something to tell, and `delivery` is filled;
 * otherwise to 0. Take it before sending again.
 *
 * Errors: OSSUARY_ERR_SPLIT.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_take_delivery(struct OssuaryConnection *conn,
                                       struct ossuary_delivery_t *delivery,
                                       int32_t *present)
OSSUARY_NONNULL(1, 2, 3);

/**
 * Copies bytes that name this handshake and everything in it, the same on both sides and on no
 * other channel, and their length: 32 or 48, as long as the suite's hash. They are not secret. A
 * recovery changes them.
 *
 * Errors: OSSUARY_ERR_NOT_OPEN, OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in
 * `out_len`, OSSUARY_ERR_NOT_IN_PROTOCOL_1, OSSUARY_ERR_CONNECTION_CLOSED,
 * OSSUARY_ERR_CONNECTION_FAILED.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_channel_binding(struct OssuaryConnection *conn,
                                         uint8_t *out,
                                         size_t out_size,
                                         size_t *out_len)
OSSUARY_NONNULL(1, 4);

/**
 * Derives secret bytes that only the two ends of this handshake know, and fills `out` with them:
 * the same label, context and length give the same bytes on both sides. A recovery changes them.
 * `label` has at most 255 bytes. `out` must not overlap the others.
 *
 * Errors: as those of `ossuary_channel_binding`; OSSUARY_ERR_EXPORT_TOO_LONG,
 * OSSUARY_ERR_OVERLAP, OSSUARY_ERR_CRYPTO.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_export_keying_material(struct OssuaryConnection *conn,
                                                const uint8_t *label,
                                                size_t label_len,
                                                const uint8_t *context,
                                                size_t context_len,
                                                uint8_t *out,
                                                size_t out_size)
OSSUARY_NONNULL(1);

/**
 * Copies this side's public key; its scheme to `scheme`, OSSUARY_NO_KEY for an anonymous client.
 *
 * Errors: OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `public_key_len`.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_local_identity(struct OssuaryConnection *conn,
                                        ossuary_scheme_t *scheme,
                                        uint8_t *public_key,
                                        size_t public_key_size,
                                        size_t *public_key_len)
OSSUARY_NONNULL(1, 2, 5);

/**
 * Copies the public key that the peer proved to have; its scheme to `scheme`. Before the peer has
 * been verified and trusted, and for an anonymous client, that is OSSUARY_NO_KEY, and the length
 * 0.
 *
 * Errors: as those of `ossuary_local_identity`.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_remote_identity(struct OssuaryConnection *conn,
                                         ossuary_scheme_t *scheme,
                                         uint8_t *public_key,
                                         size_t public_key_size,
                                         size_t *public_key_len)
OSSUARY_NONNULL(1, 2, 5);

/**
 * Copies the public key of the peer whose key waits for the program's decision; its scheme to
 * `scheme`, OSSUARY_NO_KEY where none does. Its signature has been verified.
 *
 * Errors: as those of `ossuary_local_identity`.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_undecided_peer(struct OssuaryConnection *conn,
                                        ossuary_scheme_t *scheme,
                                        uint8_t *public_key,
                                        size_t public_key_size,
                                        size_t *public_key_len)
OSSUARY_NONNULL(1, 2, 5);

/**
 * Authorizes a public key on this connection, beside those that its policy trusts. Where it is
 * that of the peer that waits for a decision, the peer is trusted.
 *
 * Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_WRONG_LENGTH, OSSUARY_ERR_SPLIT,
 * OSSUARY_ERR_CRYPTO.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_authorize(struct OssuaryConnection *conn,
                                   ossuary_scheme_t scheme,
                                   const uint8_t *public_key,
                                   size_t public_key_len)
OSSUARY_NONNULL(1, 3);

/**
 * Decides about the peer whose key is undecided, for the rest of the connection: with `trusted` 1
 * it is trusted, with 0 refused. A refusal ends the connection, and `ossuary_send` then has the
 * packet that tells the peer.
 *
 * It returns OSSUARY_OK for a refusal too. Errors: OSSUARY_ERR_INVALID_ARGUMENT for another number,
 * such as a status or a verdict: nobody is trusted by it. OSSUARY_ERR_NO_DECISION_PENDING,
 * OSSUARY_ERR_SPLIT, OSSUARY_ERR_CRYPTO.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_decide(struct OssuaryConnection *conn,
                                int32_t trusted)
OSSUARY_NONNULL(1);

/**
 * Copies what this side's host key is to sign, where the signing callback left it for later:
 * `message_len` bytes, at most OSSUARY_MAX_SIGNED_SIZE, not hashed. `ossuary_local_identity` has
 * the key. The length is 0 where no signature is pending.
 *
 * Errors: OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `message_len`.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_pending_signature(struct OssuaryConnection *conn,
                                           uint8_t *message,
                                           size_t message_size,
                                           size_t *message_len)
OSSUARY_NONNULL(1, 4);

/**
 * Brings the signature that the signing callback left for later. It is verified before it is
 * sent; `ossuary_send` then goes on.
 *
 * Errors, after which another can be brought: OSSUARY_ERR_NO_SIGNATURE_PENDING,
 * OSSUARY_ERR_SPLIT, OSSUARY_ERR_WRONG_LENGTH, OSSUARY_ERR_KEY_BROKEN where it is not that of the host key over the
 * pending message.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_provide_signature(struct OssuaryConnection *conn,
                                           const uint8_t *signature,
                                           size_t signature_len)
OSSUARY_NONNULL(1, 2);

/**
 * The length of a public key of `scheme`, in bytes; 0 for a scheme that is none.
 */
OSSUARY_MUST_USE size_t ossuary_public_key_size(ossuary_scheme_t scheme);

/**
 * The length of a signature of `scheme`, in bytes; 0 for a scheme that is none.
 */
OSSUARY_MUST_USE size_t ossuary_signature_size(ossuary_scheme_t scheme);

/**
 * OSSUARY_SECRET_KEY_SIZE, for who cannot read macros.
 */
OSSUARY_MUST_USE size_t ossuary_secret_key_size(void);

/**
 * OSSUARY_MAX_PUBLIC_KEY_SIZE, for who cannot read macros.
 */
OSSUARY_MUST_USE size_t ossuary_max_public_key_size(void);

/**
 * OSSUARY_MAX_SIGNATURE_SIZE, for who cannot read macros.
 */
OSSUARY_MUST_USE size_t ossuary_max_signature_size(void);

/**
 * OSSUARY_FINGERPRINT_SIZE, for who cannot read macros.
 */
OSSUARY_MUST_USE size_t ossuary_fingerprint_size(void);

/**
 * Makes a key pair with random bytes of the system.
 *
 * `secret_key` gets the OSSUARY_SECRET_KEY_SIZE bytes of the secret key: keep them where nobody
 * else can read them, and wipe them (`ossuary_wipe`) when they are stored. `public_key` gets
 * the public key, and `public_key_len` its length. They must not overlap. Nothing is written to
 * either where the call fails.
 *
 * Errors: OSSUARY_ERR_INVALID_ARGUMENT for a scheme that is none, OSSUARY_ERR_OVERLAP,
 * OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `public_key_len`,
 * OSSUARY_ERR_RANDOM.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_generate_key(ossuary_scheme_t scheme,
                                      uint8_t secret_key[32],
                                      uint8_t *public_key,
                                      size_t public_key_size,
                                      size_t *public_key_len)
OSSUARY_NONNULL(2, 3, 5);

/**
 * Finds the public key of a secret key.
 *
 * `secret_key` has OSSUARY_SECRET_KEY_SIZE bytes. `public_key` gets the public key, and
 * `public_key_len` its length. They must not overlap.
 *
 * Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_INVALID_SECRET_KEY, OSSUARY_ERR_OVERLAP,
 * OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `public_key_len`.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_public_key(ossuary_scheme_t scheme,
                                    const uint8_t secret_key[32],
                                    uint8_t *public_key,
                                    size_t public_key_size,
                                    size_t *public_key_len)
OSSUARY_NONNULL(2, 3, 5);

/**
 * Signs `message` with a secret key of OSSUARY_SECRET_KEY_SIZE bytes, as a host key is to sign:
 * for the process that holds the keys of an `ossuary_sign_fn`. `signature` gets the signature,
 * and `signature_len` its length. It must not overlap the others.
 *
 * Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_INVALID_SECRET_KEY, OSSUARY_ERR_OVERLAP,
 * OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `signature_len`,
 * OSSUARY_ERR_CRYPTO.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_sign(ossuary_scheme_t scheme,
                              const uint8_t secret_key[32],
                              const uint8_t *message,
                              size_t message_len,
                              uint8_t *signature,
                              size_t signature_size,
                              size_t *signature_len)
OSSUARY_NONNULL(2, 7);

/**
 * Writes the fingerprint of a public key, as `ssh-keygen -l` shows it, for people to compare:
 * "SHA256:" and 43 characters, and a zero byte. `fingerprint` has OSSUARY_FINGERPRINT_SIZE
 * bytes.
 *
 * Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_WRONG_LENGTH.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_fingerprint(ossuary_scheme_t scheme,
                                     const uint8_t *public_key,
                                     size_t public_key_len,
                                     char fingerprint[51])
OSSUARY_NONNULL(2, 4);

/**
 * Overwrites `len` bytes with zeros, in a way that the compiler does not leave out. A null
 * pointer is nothing to wipe.
 */
void ossuary_wipe(void *memory, size_t len);

/**
 * The version of this library: "0.6.0". Compare it with OSSUARY_VERSION, that of the header a
 * program was compiled with. It is valid for ever.
 */
const char *ossuary_version(void);

/**
 * The suite that this library was built with, the only one that its connections of protocol 2
 * speak: "x25519-chacha20poly1305-sha256". It is valid for ever.
 */
const char *ossuary_suite_name(void);

/**
 * The cryptography library behind it: "rustcrypto", "ring", "orion", "aws-lc" or "graviola". It
 * is valid for ever.
 */
const char *ossuary_backend_name(void);

/**
 * The version of this library as one number, which is greater for a later version: compare it
 * with OSSUARY_VERSION_NUMBER.
 */
uint32_t ossuary_version_number(void);

/**
 * Creates a connection: a client, a server that lets in clients whose keys are authorized, or one
 * that lets in everybody. `auth_key` is an Ed25519 secret key of 32 bytes, which is copied. With
 * null a server makes itself a random key, and a client is anonymous.
 *
 * It returns null where the type is none, or the system gives no random bytes
 * (`ossuary_last_error` of null). It is freed by `ossuary_destroy_connection`.
 *
 * This and the functions below with the names of 2019 are the simple interface. Their buffers
 * have lengths of 16 bits, and what does not fit into one is kept inside of the connection for
 * the next call. They return 0 or a count, or one of the three errors OSSUARY_ERR_OTHER,
 * OSSUARY_ERR_WOULDBLOCK and OSSUARY_ERR_UNTRUSTED_SERVER; `ossuary_last_error_code` and
 * `ossuary_last_error` tell more of an OSSUARY_ERR_OTHER. After
 * OSSUARY_ERR_CONNECTION_RESET the handshake goes on; after the others the connection is over,
 * unless the caller was at fault.
 */
OSSUARY_MUST_USE
struct OssuaryConnection *ossuary_create_connection(ossuary_conn_type_t type,
                                                    const uint8_t auth_key[32]);

/**
 * Takes another host key, an Ed25519 secret key of 32 bytes, before the handshake begins. It
 * returns 0.
 *
 * Errors: OSSUARY_ERR_OTHER for OSSUARY_ERR_HANDSHAKE_BEGUN, also on a connection that the full
 * interface has created.
 */
int32_t ossuary_set_secret_key(struct OssuaryConnection *conn,
                               const uint8_t key[32])
OSSUARY_NONNULL(1, 2);

/**
 * Authorizes an Ed25519 public key of 32 bytes. Where it is that of the server that is not
 * trusted yet, the handshake can go on. It returns 0.
 */
int32_t ossuary_add_authorized_key(struct OssuaryConnection *conn,
                                   const uint8_t key[32])
OSSUARY_NONNULL(1, 2);

/**
 * Authorizes `count` Ed25519 public keys of 32 bytes. It returns how many were added.
 *
 * Errors: OSSUARY_ERR_OTHER for OSSUARY_ERR_NULL_POINTER where one of them is null; the keys
 * before it have been added.
 */
int32_t ossuary_add_authorized_keys(struct OssuaryConnection *conn,
                                    uint8_t **key,
                                    uint8_t count)
OSSUARY_NONNULL(1);

/**
 * Copies the peer's public key: of a peer that is verified and trusted, or of the server whose key
 * is not trusted yet (OSSUARY_ERR_UNTRUSTED_SERVER). An Ed25519 key has 32 bytes. It returns 0.
 *
 * Errors: OSSUARY_ERR_OTHER for OSSUARY_ERR_NOT_OPEN before the peer is known,
 * OSSUARY_ERR_ANONYMOUS_PEER, OSSUARY_ERR_BUFFER_TOO_SMALL.
 */
int32_t ossuary_remote_public_key(struct OssuaryConnection *conn,
                                  uint8_t *key_buf,
                                  uint16_t key_buf_len)
OSSUARY_NONNULL(1, 2);

/**
 * Makes an Ed25519 key pair. Both buffers have at least 32 bytes. It returns 0.
 */
int32_t ossuary_generate_auth_keypair(uint8_t *secret_buf,
                                      uint16_t secret_buf_len,
                                      uint8_t *public_buf,
                                      uint16_t public_buf_len)
OSSUARY_NONNULL(1, 3);

/**
 * Takes one packet of the handshake from `in_buf`, of `*in_buf_len` bytes, which is set to the
 * number of bytes that were taken; that is returned too. Never more is taken than the packet.
 *
 * Errors: OSSUARY_ERR_WOULDBLOCK where the packet is not whole, or this side has something to send
 * first: what was taken is kept. OSSUARY_ERR_UNTRUSTED_SERVER, once, where the program is to decide
 * about the server's key. OSSUARY_ERR_OTHER.
 */
int32_t ossuary_recv_handshake(struct OssuaryConnection *conn,
                               uint8_t *in_buf,
                               uint16_t *in_buf_len)
OSSUARY_NONNULL(1, 3);

/**
 * Writes what the handshake has to send to `out_buf`, of `*out_buf_len` bytes, which is set to the
 * number of bytes that were written; that is returned too. Call it in turn with
 * `ossuary_recv_handshake` until `ossuary_handshake_done`, and again after a reset.
 *
 * Errors: OSSUARY_ERR_WOULDBLOCK where there is more to write than room: the rest is kept; and
 * where a signature is pending (`ossuary_state` is OSSUARY_STATE_AWAITING_SIGNATURE), until it is
 * provided. OSSUARY_ERR_OTHER.
 */
int32_t ossuary_send_handshake(struct OssuaryConnection *conn,
                               uint8_t *out_buf,
                               uint16_t *out_buf_len)
OSSUARY_NONNULL(1, 3);

/**
 * Whether the channel is open: 1 or 0.
 *
 * Errors: OSSUARY_ERR_OTHER where it never will be again.
 */
int32_t ossuary_handshake_done(struct OssuaryConnection *conn) OSSUARY_NONNULL(1);

/**
 * Seals `in_buf` as one record, and writes it to `out_buf`, of `*out_buf_len` bytes, which is set
 * to the number of bytes that were written; that is returned too.
 *
 * Errors: OSSUARY_ERR_WOULDBLOCK where `out_buf` has not room for all of it: the record is
 * accepted, and `ossuary_flush` writes the rest. With OSSUARY_ERR_OTHER it is not accepted, and
 * OSSUARY_ERR_FLUSH_FIRST says that an earlier one is not flushed yet.
 */
int32_t ossuary_send_data(struct OssuaryConnection *conn,
                          uint8_t *in_buf,
                          uint16_t in_buf_len,
                          uint8_t *out_buf,
                          uint16_t *out_buf_len)
OSSUARY_NONNULL(1, 5);

/**
 * Takes one record from `in_buf`, of `*in_buf_len` bytes, and writes its plaintext to `out_buf`,
 * of `*out_buf_len` bytes. The two are set to the numbers of bytes that were taken and written;
 * the latter is returned too. Never more is taken than the record.
 *
 * Errors: OSSUARY_ERR_WOULDBLOCK where the record is not whole, or `out_buf` has not room for all
 * of it: what was taken is kept, and the next call goes on. OSSUARY_ERR_OTHER:
 * OSSUARY_ERR_CONNECTION_CLOSED is the peer's close in good order.
 */
int32_t ossuary_recv_data(struct OssuaryConnection *conn,
                          uint8_t *in_buf,
                          uint16_t *in_buf_len,
                          uint8_t *out_buf,
                          uint16_t *out_buf_len)
OSSUARY_NONNULL(1, 3, 5);

/**
 * Writes to `out_buf` what earlier calls could not write, and whatever the protocol has to send,
 * and returns how many bytes; 0 where there is nothing. Where `out_buf` was filled there may be
 * more.
 */
int32_t ossuary_flush(struct OssuaryConnection *conn,
                      uint8_t *out_buf,
                      uint16_t out_buf_len)
OSSUARY_NONNULL(1);

/**
 * Splits the sending half off an open channel, and sets `*sender` to it; to null where the call
 * fails. The connection stays as the other half: it receives, is told the time, and can be asked;
 * whatever needs both halves returns OSSUARY_ERR_SPLIT. The two can be used by two threads at
 * once.
 *
 * When `ossuary_needs_join` afterwards, stop sending and join the halves, so that the channel can
 * be recovered or its end be sent.
 *
 * Errors, after which the connection is whole: OSSUARY_ERR_NOT_OPEN, OSSUARY_ERR_SPLIT where it
 * is split already, OSSUARY_ERR_NOT_IN_PROTOCOL_1; OSSUARY_ERR_FLUSH_FIRST and
 * OSSUARY_ERR_PACKET_BEGUN where a function of 2019 keeps a part of a packet.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_split(struct OssuaryConnection *conn,
                               struct OssuarySender **sender)
OSSUARY_NONNULL(1, 2);

/**
 * Whether the channel of a split connection is no longer open, and the halves are to be joined:
 * 1 or 0.
 */
OSSUARY_MUST_USE int32_t ossuary_needs_join(const struct OssuaryConnection *conn);

/**
 * Makes the halves one connection again, frees `*sender`, and sets it to null. Before that the
 * program sees to it that no other thread uses the sending half any more: where one does, this is
 * as if it had been destroyed meanwhile.
 *
 * Errors, after which both halves are as they were: OSSUARY_ERR_FOREIGN_HALF where `*sender` is
 * not the half that was split off, OSSUARY_ERR_NULL_POINTER, OSSUARY_ERR_BUSY, and
 * OSSUARY_ERR_NOT_OPEN where the connection is not split.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_join(struct OssuaryConnection *conn,
                              struct OssuarySender **sender)
OSSUARY_NONNULL(1, 2);

/**
 * Frees a sending half, wipes its keys, and sets `*sender` to null. The connection can then
 * receive, and not send any more. Null, and a null half, are nothing to free.
 */
void ossuary_destroy_sender(struct OssuarySender **sender);

/**
 * What the last call on `sender` that failed says, as `ossuary_last_error` does of a connection.
 */
const char *ossuary_sender_last_error(const struct OssuarySender *sender);

/**
 * Seals as `ossuary_seal` does.
 *
 * Errors, after which nothing has changed: OSSUARY_ERR_RECORD_TOO_LONG,
 * OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `out_len`,
 * OSSUARY_ERR_COUNTER_EXHAUSTED, OSSUARY_ERR_OVERLAP, OSSUARY_ERR_CONNECTION_CLOSED after
 * `ossuary_sender_close`. A reset or the peer's close is the connection's to notice.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_sender_seal(struct OssuarySender *sender,
                                     const uint8_t *plaintext,
                                     size_t plaintext_len,
                                     uint8_t *out,
                                     size_t out_size,
                                     size_t *out_len)
OSSUARY_NONNULL(1, 6);

/**
 * Seals as `ossuary_seal_in_place` does.
 *
 * Errors: as those of `ossuary_sender_seal`.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_sender_seal_in_place(struct OssuarySender *sender,
                                              uint8_t *buffer,
                                              size_t buffer_size,
                                              size_t plaintext_len,
                                              size_t *record_len)
OSSUARY_NONNULL(1, 2, 5);

/**
 * Seals as `ossuary_seal_padded` does.
 *
 * Errors: as those of `ossuary_sender_seal`; OSSUARY_ERR_PADDED_TOO_SHORT.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_sender_seal_padded(struct OssuarySender *sender,
                                            const uint8_t *plaintext,
                                            size_t plaintext_len,
                                            size_t padded_len,
                                            uint8_t *out,
                                            size_t out_size,
                                            size_t *out_len)
OSSUARY_NONNULL(1, 7);

/**
 * Goes on with a new key after the next record.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_sender_rekey(struct OssuarySender *sender)
OSSUARY_NONNULL(1);

/**
 * Writes the packet of a clean close to the front of `out`, and its length to `out_len`:
 * OSSUARY_CLOSE_SIZE bytes. Nothing can be sealed afterwards; the connection still receives what
 * the peer had sent, and when the halves are joined, it is over.
 *
 * Errors, after which nothing has changed: OSSUARY_ERR_BUFFER_TOO_SMALL,
 * OSSUARY_ERR_CONNECTION_CLOSED where it was closed before.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_sender_close(struct OssuarySender *sender,
                                      uint8_t *out,
                                      size_t out_size,
                                      size_t *out_len)
OSSUARY_NONNULL(1, 4);

/**
 * How many records have been sent, over all handshakes of the connection.
 */
OSSUARY_MUST_USE uint64_t ossuary_sender_records_sent(const struct OssuarySender *sender);

/**
 * Whose fault `status` is.
 */
ossuary_error_class_t ossuary_error_class(ossuary_status_t status);

/**
 * The name of `status`, as it stands in this header: "OSSUARY_ERR_NOT_OPEN". For a number that
 * is no status it is "unknown". It is valid for ever, and never null.
 */
const char *ossuary_error_name(ossuary_status_t status);

/**
 * OSSUARY_MAX_PASSPHRASE_SIZE, for who cannot read macros.
 */
OSSUARY_MUST_USE size_t ossuary_max_passphrase_size(void);

/**
 * Adds the host key in a private key file of OpenSSH's format, Ed25519 or ECDSA P-256, behind the
 * keys that are there. `passphrase`, which may be null, is asked inside of this call where the
 * file has one, three times at most. The file has to be readable by its owner alone, as ssh wants
 * it. `free_user_data` is called when this call is done.
 *
 * Errors: OSSUARY_ERR_NOT_BUILT without the feature `openssh`; OSSUARY_ERR_KEY_NOT_FOUND,
 * OSSUARY_ERR_KEY_LOCKED, OSSUARY_ERR_KEY_DENIED, OSSUARY_ERR_KEY_CANCELLED,
 * OSSUARY_ERR_KEY_BROKEN; OSSUARY_ERR_INVALID_ARGUMENT where the path is not UTF-8.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_add_key_file(struct OssuaryConfig *config,
                                             const char *path,
                                             ossuary_passphrase_fn passphrase,
                                             void *user_data,
                                             ossuary_free_fn free_user_data)
OSSUARY_NONNULL(1, 2);

/**
 * Has the keys of an ssh-agent used: the one that listens at the socket `path`, or for null the
 * one that SSH_AUTH_SOCK names. Keys and stores that were there before are given up. The agent is
 * asked inside of `ossuary_create_connection_with` and `ossuary_send`, which wait for it.
 *
 * Errors: OSSUARY_ERR_NOT_BUILT without the feature `agent`, OSSUARY_ERR_KEY_NOT_FOUND where
 * SSH_AUTH_SOCK names none, OSSUARY_ERR_INVALID_ARGUMENT where the path is not UTF-8.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_use_agent(struct OssuaryConfig *config,
                                          const char *path)
OSSUARY_NONNULL(1);

/**
 * Has the key used that the operating system's keystore has as the item `name` of `service`. Keys
 * and stores that were there before are given up.
 *
 * Errors: OSSUARY_ERR_NOT_BUILT without the feature `os`; OSSUARY_ERR_INVALID_ARGUMENT for names
 * that cannot be; OSSUARY_ERR_KEY_...
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_use_os_keystore(struct OssuaryConfig *config,
                                                const char *service,
                                                const char *name)
OSSUARY_NONNULL(1, 2, 3);

/**
 * Has the keys used that a PKCS#11 URI (RFC 7512) names, in a hardware token or an HSM; its
 * `module-path` names the library that drives it. `pin`, which may be null, is asked for the
 * user's PIN, inside of this call and of later ones that find the user logged out, on their
 * threads: `attempt` is 1, or 2 where the PIN that was given last was wrong. Whoever answers from
 * memory and not from a person then gives none, or locks the token. Keys and stores that were
 * there before are given up. `free_user_data` is as in `ossuary_config_set_key_callbacks`.
 *
 * Errors: OSSUARY_ERR_NOT_BUILT without the feature `pkcs11`; OSSUARY_ERR_INVALID_ARGUMENT for a
 * URI that is none; OSSUARY_ERR_KEY_...
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_use_pkcs11(struct OssuaryConfig *config,
                                           const char *uri,
                                           ossuary_passphrase_fn pin,
                                           void *user_data,
                                           ossuary_free_fn free_user_data)
OSSUARY_NONNULL(1, 2);

/**
 * Trusts the keys in a file of OpenSSH's `authorized_keys` format, which is read anew when it
 * changes, and refuses others. It replaces any policy that was set before.
 *
 * Errors: OSSUARY_ERR_NOT_BUILT without the feature `openssh`; OSSUARY_ERR_TRUST where the file
 * cannot be read or has a line that is wrong; OSSUARY_ERR_INVALID_ARGUMENT where the path is not
 * UTF-8.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_trust_authorized_keys_file(struct OssuaryConfig *config,
                                                           const char *path)
OSSUARY_NONNULL(1, 2);

/**
 * Knows peers by their names (`ossuary_config_set_peer_name`) from a file of OpenSSH's
 * `known_hosts` format, which is read anew when it changes: a peer whose name is not known is for
 * the program to decide about, one with another key than its name is known to have is refused. It
 * replaces any policy that was set before.
 *
 * Errors: as those of `ossuary_config_trust_authorized_keys_file`.
 */
OSSUARY_MUST_USE
ossuary_status_t ossuary_config_trust_known_hosts_file(struct OssuaryConfig *config,
                                                       const char *path)
OSSUARY_NONNULL(1, 2);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* OSSUARY_H */
