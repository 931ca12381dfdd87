/* What a caller does wrong: each is an error that is told, and nothing else. */

#define OSSUARY_NO_NONNULL
#include "check.h"

/* What a result's place has before a call, and must not have after it. */
#define STALE 77

/* A null pointer is told, and no result is left as it was. */
#define NULL_POINTER(call)                                                                         \
    do {                                                                                           \
        len = STALE;                                                                               \
        flag = STALE;                                                                              \
        scheme = OSSUARY_ED25519;                                                                  \
        received.event = OSSUARY_EVENT_RECORD;                                                     \
        IS(OSSUARY_ERR_NULL_POINTER, call);                                                        \
        CHECK(len == (strstr(#call, "&len") ? 0 : STALE));                                         \
        CHECK(flag == (strstr(#call, "&flag") ? 0 : STALE));                                       \
        CHECK((scheme == OSSUARY_NO_KEY) == (strstr(#call, "&scheme") != NULL));                   \
        CHECK((received.event == OSSUARY_EVENT_NONE) == (strstr(#call, "&received") != NULL));     \
    } while (0)

static uint8_t buffer[OSSUARY_MAX_PACKET];
static ossuary_received_t received;
static ossuary_delivery_t delivery;

/* The same of a function of 2019: nothing was taken, and nothing written. */
#define OLD(call)                                                                                  \
    do {                                                                                           \
        in_len = STALE;                                                                            \
        out_len = STALE;                                                                           \
        CHECK((call) == OSSUARY_ERR_OTHER);                                                        \
        CHECK(in_len == (strstr(#call, "&in_len") ? 0 : STALE));                                   \
        CHECK(out_len == (strstr(#call, "&out_len") ? 0 : STALE));                                 \
    } while (0)

/* Every function, with null in every place where it must not be. */
static void null_pointers(const pair *both) {
    OssuaryConnection *conn = both->client;
    OssuaryConnection *none = NULL;
    OssuaryConfig *config = config_of(OSSUARY_SERVER, SERVER_SECRET);
    size_t len = 0;
    int32_t flag = 0;
    ossuary_scheme_t scheme = OSSUARY_NO_KEY;
    uint8_t key[32] = {0};
    char fingerprint[OSSUARY_FINGERPRINT_SIZE];

    NULL_POINTER(ossuary_generate_key(OSSUARY_ED25519, NULL, key, 32, &len));
    NULL_POINTER(ossuary_generate_key(OSSUARY_ED25519, key, NULL, 32, &len));
    NULL_POINTER(ossuary_generate_key(OSSUARY_ED25519, key, key, 32, NULL));
    NULL_POINTER(ossuary_public_key(OSSUARY_ED25519, NULL, key, 32, &len));
    NULL_POINTER(ossuary_public_key(OSSUARY_ED25519, key, NULL, 32, &len));
    NULL_POINTER(ossuary_public_key(OSSUARY_ED25519, key, key, 32, NULL));
    NULL_POINTER(ossuary_sign(OSSUARY_ED25519, NULL, key, 32, buffer, 64, &len));
    NULL_POINTER(ossuary_sign(OSSUARY_ED25519, key, NULL, 32, buffer, 64, &len));
    NULL_POINTER(ossuary_sign(OSSUARY_ED25519, key, key, 32, NULL, 64, &len));
    NULL_POINTER(ossuary_sign(OSSUARY_ED25519, key, key, 32, buffer, 64, NULL));
    NULL_POINTER(ossuary_fingerprint(OSSUARY_ED25519, NULL, 32, fingerprint));
    NULL_POINTER(ossuary_fingerprint(OSSUARY_ED25519, key, 32, NULL));
    NULL_POINTER(ossuary_identities_add(NULL, OSSUARY_ED25519, key, 32));
    ossuary_wipe(NULL, 100);
    CHECK(strlen(ossuary_last_error(NULL)) > 0);
    CHECK(ossuary_last_error_code(NULL) == OSSUARY_ERR_NULL_POINTER);

    ossuary_destroy_config(NULL);
    NULL_POINTER(ossuary_config_add_secret_key(NULL, OSSUARY_ED25519, key, 32));
    NULL_POINTER(ossuary_config_add_secret_key(config, OSSUARY_ED25519, NULL, 32));
    NULL_POINTER(ossuary_config_set_key_callbacks(NULL, NULL, NULL, NULL, NULL));
    NULL_POINTER(ossuary_config_set_key_callbacks(config, NULL, NULL, NULL, NULL));
    NULL_POINTER(ossuary_config_set_identity(NULL, OSSUARY_ED25519, key, 32));
    NULL_POINTER(ossuary_config_set_identity(config, OSSUARY_ED25519, NULL, 32));
    NULL_POINTER(ossuary_config_authorize(NULL, OSSUARY_ED25519, key, 32));
    NULL_POINTER(ossuary_config_authorize(config, OSSUARY_ED25519, NULL, 32));
    NULL_POINTER(ossuary_config_set_trust(NULL, OSSUARY_TRUST_ASK));
    NULL_POINTER(ossuary_config_set_trust_callback(NULL, NULL, NULL, NULL));
    NULL_POINTER(ossuary_config_set_trust_callback(config, NULL, NULL, NULL));
    NULL_POINTER(ossuary_config_set_peer_name(NULL, "name"));
    OK(ossuary_config_set_peer_name(config, NULL));
    NULL_POINTER(ossuary_config_set_prologue(NULL, key, 32));
    NULL_POINTER(ossuary_config_set_prologue(config, NULL, 32));
    NULL_POINTER(ossuary_config_set_pre_shared_key(NULL, key, 32));
    NULL_POINTER(ossuary_config_set_pre_shared_key(config, NULL, 32));
    NULL_POINTER(ossuary_config_set_timeouts(NULL, 1, 1));
    NULL_POINTER(ossuary_config_add_key_file(NULL, "path", NULL, NULL, NULL));
    NULL_POINTER(ossuary_config_add_key_file(config, NULL, NULL, NULL, NULL));
    NULL_POINTER(ossuary_config_use_agent(NULL, "path"));
    NULL_POINTER(ossuary_config_use_os_keystore(NULL, "service", "name"));
    NULL_POINTER(ossuary_config_use_os_keystore(config, NULL, "name"));
    NULL_POINTER(ossuary_config_use_os_keystore(config, "service", NULL));
    NULL_POINTER(ossuary_config_use_pkcs11(NULL, "pkcs11:", NULL, NULL, NULL));
    NULL_POINTER(ossuary_config_use_pkcs11(config, NULL, NULL, NULL, NULL));
    NULL_POINTER(ossuary_config_trust_authorized_keys_file(NULL, "path"));
    NULL_POINTER(ossuary_config_trust_authorized_keys_file(config, NULL));
    NULL_POINTER(ossuary_config_trust_known_hosts_file(NULL, "path"));
    NULL_POINTER(ossuary_config_trust_known_hosts_file(config, NULL));
    none = conn;
    NULL_POINTER(ossuary_create_connection_with(NULL, &none));
    CHECK(none == NULL);
    none = conn;
    NULL_POINTER(ossuary_create_connection_with(config, NULL));
    NULL_POINTER(ossuary_create_connection_v1(NULL, &none));
    NULL_POINTER(ossuary_create_connection_v1(config, NULL));
    CHECK(none == NULL);
    CHECK(strlen(ossuary_config_last_error(NULL)) > 0);
    ossuary_destroy_config(&config);
    CHECK(config == NULL);
    ossuary_destroy_config(&config);

    ossuary_destroy_connection(NULL);
    ossuary_destroy_connection(&none);
    CHECK(ossuary_state(NULL) == OSSUARY_STATE_NONE);
    CHECK(ossuary_protocol(NULL) == 0);
    CHECK(ossuary_send_len(NULL) == 0);
    CHECK(ossuary_deadline(NULL) == UINT64_MAX);
    CHECK(ossuary_records_received(NULL) == 0);
    CHECK(ossuary_records_sent(NULL) == 0);
    NULL_POINTER(ossuary_send(NULL, buffer, sizeof buffer, &len));
    NULL_POINTER(ossuary_send(conn, NULL, 1, &len));
    NULL_POINTER(ossuary_send(conn, buffer, sizeof buffer, NULL));
    NULL_POINTER(ossuary_receive(NULL, buffer, 1, &received));
    NULL_POINTER(ossuary_receive(conn, NULL, 1, &received));
    NULL_POINTER(ossuary_receive(conn, buffer, 1, NULL));
    NULL_POINTER(ossuary_seal(NULL, key, 1, buffer, sizeof buffer, &len));
    NULL_POINTER(ossuary_seal(conn, NULL, 1, buffer, sizeof buffer, &len));
    NULL_POINTER(ossuary_seal(conn, key, 1, NULL, 100, &len));
    NULL_POINTER(ossuary_seal(conn, key, 1, buffer, sizeof buffer, NULL));
    NULL_POINTER(ossuary_seal_in_place(NULL, buffer, sizeof buffer, 1, &len));
    NULL_POINTER(ossuary_seal_in_place(conn, NULL, 100, 1, &len));
    NULL_POINTER(ossuary_seal_in_place(conn, buffer, sizeof buffer, 1, NULL));
    NULL_POINTER(ossuary_seal_padded(NULL, key, 1, 2, buffer, sizeof buffer, &len));
    NULL_POINTER(ossuary_seal_padded(conn, NULL, 1, 2, buffer, sizeof buffer, &len));
    NULL_POINTER(ossuary_seal_padded(conn, key, 1, 2, NULL, 100, &len));
    NULL_POINTER(ossuary_seal_padded(conn, key, 1, 2, buffer, sizeof buffer, NULL));
    NULL_POINTER(ossuary_rekey(NULL));
    NULL_POINTER(ossuary_disconnect(NULL, 0));
    NULL_POINTER(ossuary_end_of_stream(NULL));
    NULL_POINTER(ossuary_advance(NULL, 1, NULL));
    NULL_POINTER(ossuary_failure(NULL, NULL));
    NULL_POINTER(ossuary_last_reset(NULL, NULL));
    NULL_POINTER(ossuary_take_delivery(NULL, &delivery, &flag));
    NULL_POINTER(ossuary_take_delivery(conn, NULL, &flag));
    NULL_POINTER(ossuary_take_delivery(conn, &delivery, NULL));
    NULL_POINTER(ossuary_channel_binding(NULL, buffer, 64, &len));
    NULL_POINTER(ossuary_channel_binding(conn, NULL, 64, &len));
    NULL_POINTER(ossuary_channel_binding(conn, buffer, 64, NULL));
    NULL_POINTER(ossuary_export_keying_material(NULL, key, 1, key, 1, buffer, 10));
    NULL_POINTER(ossuary_export_keying_material(conn, NULL, 1, key, 1, buffer, 10));
    NULL_POINTER(ossuary_export_keying_material(conn, key, 1, NULL, 1, buffer, 10));
    NULL_POINTER(ossuary_export_keying_material(conn, key, 1, key, 1, NULL, 10));
    NULL_POINTER(ossuary_local_identity(NULL, &scheme, key, 32, &len));
    NULL_POINTER(ossuary_local_identity(conn, NULL, key, 32, &len));
    NULL_POINTER(ossuary_local_identity(conn, &scheme, NULL, 32, &len));
    NULL_POINTER(ossuary_local_identity(conn, &scheme, key, 32, NULL));
    NULL_POINTER(ossuary_remote_identity(NULL, &scheme, key, 32, &len));
    NULL_POINTER(ossuary_remote_identity(conn, NULL, key, 32, &len));
    NULL_POINTER(ossuary_remote_identity(conn, &scheme, NULL, 32, &len));
    NULL_POINTER(ossuary_remote_identity(conn, &scheme, key, 32, NULL));
    NULL_POINTER(ossuary_undecided_peer(NULL, &scheme, key, 32, &len));
    NULL_POINTER(ossuary_undecided_peer(conn, NULL, key, 32, &len));
    NULL_POINTER(ossuary_undecided_peer(conn, &scheme, NULL, 32, &len));
    NULL_POINTER(ossuary_undecided_peer(conn, &scheme, key, 32, NULL));
    NULL_POINTER(ossuary_authorize(NULL, OSSUARY_ED25519, key, 32));
    NULL_POINTER(ossuary_authorize(conn, OSSUARY_ED25519, NULL, 32));
    NULL_POINTER(ossuary_decide(NULL, 1));
    NULL_POINTER(ossuary_pending_signature(NULL, buffer, 76, &len));
    NULL_POINTER(ossuary_pending_signature(conn, NULL, 76, &len));
    NULL_POINTER(ossuary_pending_signature(conn, buffer, 76, NULL));
    NULL_POINTER(ossuary_provide_signature(NULL, buffer, 64));
    NULL_POINTER(ossuary_provide_signature(conn, NULL, 64));

    OssuarySender *sender = (OssuarySender *)(void *)buffer;
    NULL_POINTER(ossuary_split(NULL, &sender));
    CHECK(sender == NULL);
    NULL_POINTER(ossuary_split(conn, NULL));
    CHECK(ossuary_needs_join(NULL) == 0);
    NULL_POINTER(ossuary_join(NULL, &sender));
    NULL_POINTER(ossuary_sender_seal(NULL, key, 1, buffer, 100, &len));
    NULL_POINTER(ossuary_sender_seal_in_place(NULL, buffer, 100, 1, &len));
    NULL_POINTER(ossuary_sender_seal_padded(NULL, key, 1, 2, buffer, 100, &len));
    NULL_POINTER(ossuary_sender_rekey(NULL));
    NULL_POINTER(ossuary_sender_close(NULL, buffer, 100, &len));
    CHECK(ossuary_sender_records_sent(NULL) == 0);
    CHECK(strlen(ossuary_sender_last_error(NULL)) > 0);
    ossuary_destroy_sender(NULL);
    ossuary_destroy_sender(&sender);
    OK(ossuary_split(conn, &sender));
    NULL_POINTER(ossuary_join(conn, NULL));
    NULL_POINTER(ossuary_sender_seal(sender, NULL, 1, buffer, 100, &len));
    NULL_POINTER(ossuary_sender_seal(sender, key, 1, NULL, 100, &len));
    NULL_POINTER(ossuary_sender_seal(sender, key, 1, buffer, 100, NULL));
    NULL_POINTER(ossuary_sender_seal_in_place(sender, NULL, 100, 1, &len));
    NULL_POINTER(ossuary_sender_seal_in_place(sender, buffer, 100, 1, NULL));
    NULL_POINTER(ossuary_sender_seal_padded(sender, NULL, 1, 2, buffer, 100, &len));
    NULL_POINTER(ossuary_sender_seal_padded(sender, key, 1, 2, NULL, 100, &len));
    NULL_POINTER(ossuary_sender_seal_padded(sender, key, 1, 2, buffer, 100, NULL));
    NULL_POINTER(ossuary_sender_close(sender, NULL, 100, &len));
    NULL_POINTER(ossuary_sender_close(sender, buffer, 100, NULL));
    OK(ossuary_join(conn, &sender));

    /* The functions of 2019. */
    uint16_t in_len = 1;
    uint16_t out_len = 1;
    uint8_t *keys[2] = {key, NULL};
    CHECK(ossuary_set_secret_key(NULL, key) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_set_secret_key(conn, NULL) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_add_authorized_key(NULL, key) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_add_authorized_key(conn, NULL) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_last_error_code(conn) == OSSUARY_ERR_NULL_POINTER);
    CHECK(ossuary_add_authorized_keys(NULL, keys, 1) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_add_authorized_keys(conn, NULL, 1) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_add_authorized_keys(conn, NULL, 0) == 0);
    CHECK(ossuary_add_authorized_keys(conn, keys, 2) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_remote_public_key(NULL, key, 32) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_remote_public_key(conn, NULL, 32) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_generate_auth_keypair(NULL, 32, key, 32) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_generate_auth_keypair(key, 32, NULL, 32) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_generate_auth_keypair(key, 32, buffer, 31) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_generate_auth_keypair(key, 31, buffer, 32) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_generate_auth_keypair(key, 32, key, 32) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_last_error_code(NULL) == OSSUARY_ERR_OVERLAP);
    OLD(ossuary_recv_handshake(NULL, buffer, &in_len));
    OLD(ossuary_recv_handshake(conn, NULL, &in_len));
    OLD(ossuary_recv_handshake(conn, buffer, NULL));
    OLD(ossuary_send_handshake(NULL, buffer, &out_len));
    OLD(ossuary_send_handshake(conn, NULL, &out_len));
    OLD(ossuary_send_handshake(conn, buffer, NULL));
    OLD(ossuary_handshake_done(NULL));
    OLD(ossuary_send_data(NULL, key, 1, buffer, &out_len));
    OLD(ossuary_send_data(conn, NULL, 1, buffer, &out_len));
    OLD(ossuary_send_data(conn, key, 1, NULL, &out_len));
    OLD(ossuary_send_data(conn, key, 1, buffer, NULL));
    OLD(ossuary_recv_data(NULL, key, &in_len, buffer, &out_len));
    OLD(ossuary_recv_data(conn, NULL, &in_len, buffer, &out_len));
    OLD(ossuary_recv_data(conn, key, NULL, buffer, &out_len));
    OLD(ossuary_recv_data(conn, key, &in_len, NULL, &out_len));
    OLD(ossuary_recv_data(conn, key, &in_len, buffer, NULL));
    CHECK(ossuary_flush(NULL, buffer, 10) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_flush(conn, NULL, 10) == OSSUARY_ERR_OTHER);
    /* None of it has changed anything. */
    say(both->client, both->server, "still open");
    say(both->server, both->client, "still open");
}

/* Sizes that cannot be. */
static void sizes(const pair *both) {
    OssuaryConnection *conn = both->client;
    size_t len = 0;
    const size_t large[] = {SIZE_MAX, SIZE_MAX / 2 + 1};
    for (int index = 0; index < 2; index++) {
        size_t size = large[index];
        IS(OSSUARY_ERR_SIZE, ossuary_send(conn, buffer, size, &len));
        IS(OSSUARY_ERR_SIZE, ossuary_receive(conn, buffer, size, &received));
        IS(OSSUARY_ERR_SIZE, ossuary_seal(conn, buffer, size, buffer, 10, &len));
        IS(OSSUARY_ERR_SIZE, ossuary_seal(conn, buffer, 10, buffer, size, &len));
        IS(OSSUARY_ERR_SIZE, ossuary_seal_in_place(conn, buffer, size, 10, &len));
        IS(OSSUARY_ERR_RECORD_TOO_LONG, ossuary_seal_in_place(conn, buffer, 10, size, &len));
        IS(OSSUARY_ERR_RECORD_TOO_LONG,
           ossuary_seal_padded(conn, buffer, 10, size, buffer + 100, 100, &len));
        IS(OSSUARY_ERR_SIZE, ossuary_authorize(conn, OSSUARY_ED25519, buffer, size));
        IS(OSSUARY_ERR_SIZE, ossuary_provide_signature(conn, buffer, size));
        IS(OSSUARY_ERR_SIZE, ossuary_channel_binding(conn, buffer, size, &len));
        IS(OSSUARY_ERR_SIZE,
           ossuary_export_keying_material(conn, buffer, size, NULL, 0, buffer, 10));
        IS(OSSUARY_ERR_SIZE,
           ossuary_export_keying_material(conn, NULL, 0, buffer, size, buffer, 10));
        IS(OSSUARY_ERR_SIZE,
           ossuary_export_keying_material(conn, NULL, 0, NULL, 0, buffer, size));
        ossuary_wipe(buffer, size);
    }
    /* Nothing at all. */
    OK(ossuary_receive(conn, NULL, 0, &received));
    CHECK(received.event == OSSUARY_EVENT_NEED_BYTES && received.need > 0);
    IS(OSSUARY_ERR_BUFFER_TOO_SMALL, ossuary_seal(conn, NULL, 0, NULL, 0, &len));
    CHECK(len == OSSUARY_RECORD_OVERHEAD);
    IS(OSSUARY_ERR_BUFFER_TOO_SMALL, ossuary_seal_in_place(conn, NULL, 0, 0, &len));
    OK(ossuary_export_keying_material(conn, NULL, 0, NULL, 0, NULL, 0));
    OK(ossuary_send(conn, NULL, 0, &len));
    CHECK(len == 0);
    IS(OSSUARY_ERR_WRONG_LENGTH, ossuary_authorize(conn, OSSUARY_ED25519, buffer, 31));
    IS(OSSUARY_ERR_WRONG_LENGTH, ossuary_authorize(conn, OSSUARY_ED25519, NULL, 0));
    say(both->client, both->server, "still open");
}

static void overlaps(const pair *both) {
    OssuaryConnection *conn = both->client;
    size_t len = 0;
    uint16_t out_len = 100;
    uint16_t in_len = 100;
    IS(OSSUARY_ERR_OVERLAP, ossuary_seal(conn, buffer, 10, buffer, 100, &len));
    IS(OSSUARY_ERR_OVERLAP, ossuary_seal(conn, buffer + 99, 10, buffer, 100, &len));
    IS(OSSUARY_ERR_OVERLAP, ossuary_seal_padded(conn, buffer, 10, 20, buffer + 9, 100, &len));
    IS(OSSUARY_ERR_OVERLAP,
       ossuary_export_keying_material(conn, buffer, 10, NULL, 0, buffer + 5, 10));
    IS(OSSUARY_ERR_OVERLAP,
       ossuary_export_keying_material(conn, NULL, 0, buffer, 10, buffer + 5, 10));
    CHECK(ossuary_send_data(conn, buffer, 10, buffer + 9, &out_len) == OSSUARY_ERR_OTHER);
    CHECK(out_len == 0 && ossuary_last_error_code(conn) == OSSUARY_ERR_OVERLAP);
    out_len = 100;
    CHECK(ossuary_recv_data(conn, buffer, &in_len, buffer + 99, &out_len) == OSSUARY_ERR_OTHER);
    CHECK(in_len == 0 && ossuary_last_error_code(conn) == OSSUARY_ERR_OVERLAP);
    /* The places of results are in nobody's way, and nothing is written where they are. */
    struct {
        size_t len;
        uint8_t text[sizeof(size_t)];
    } message = {5, "text"};
    IS(OSSUARY_ERR_OVERLAP, ossuary_seal(conn, (const uint8_t *)&message, sizeof message, buffer,
                                         sizeof buffer, &message.len));
    CHECK(message.len == 5);
    IS(OSSUARY_ERR_OVERLAP,
       ossuary_seal(conn, message.text, 4, (uint8_t *)&message, sizeof message, &message.len));
    CHECK(message.len == 5);
    out_len = 100;
    CHECK(ossuary_recv_data(conn, buffer, &out_len, buffer + 200, &out_len) == OSSUARY_ERR_OTHER);
    CHECK(out_len == 100 && ossuary_last_error_code(conn) == OSSUARY_ERR_OVERLAP);
    IS(OSSUARY_ERR_OVERLAP,
       ossuary_receive(conn, (uint8_t *)&received, sizeof received, &received));
    IS(OSSUARY_ERR_OVERLAP, ossuary_generate_key(OSSUARY_ED25519, buffer, buffer + 31, 32, &len));
    IS(OSSUARY_ERR_OVERLAP, ossuary_public_key(OSSUARY_ED25519, buffer, buffer, 32, &len));
    IS(OSSUARY_ERR_OVERLAP, ossuary_sign(OSSUARY_ED25519, buffer, buffer + 64, 9, buffer, 64, &len));
    IS(OSSUARY_ERR_OVERLAP, ossuary_fingerprint(OSSUARY_ED25519, buffer, 32, (char *)buffer + 9));
    /* Side by side is right. */
    OK(ossuary_seal(conn, buffer + 100, 10, buffer, 100, &len));
    uint8_t expected[10];
    memcpy(expected, buffer + 100, sizeof expected);
    receive_record(both->server, buffer, len, expected, sizeof expected);
}

/* Arguments that are none of their values. */
static void arguments(void) {
    size_t len = 0;
    uint8_t key[32] = {1};
    uint8_t out[64];
    char fingerprint[OSSUARY_FINGERPRINT_SIZE];
    OssuaryConfig *config = config_of(OSSUARY_SERVER, SERVER_SECRET);
    OssuaryConnection *conn = NULL;
    static const uint8_t short_key[15];
    CHECK(ossuary_create_config((ossuary_role_t)2) == NULL);
    CHECK(ossuary_last_error_code(NULL) == OSSUARY_ERR_INVALID_ARGUMENT);
    IS(OSSUARY_ERR_INVALID_ARGUMENT, ossuary_generate_key(OSSUARY_NO_KEY, key, out, 64, &len));
    IS(OSSUARY_ERR_INVALID_ARGUMENT,
       ossuary_public_key((ossuary_scheme_t)3, key, out, 64, &len));
    IS(OSSUARY_ERR_INVALID_ARGUMENT,
       ossuary_fingerprint((ossuary_scheme_t)0x101, key, 32, fingerprint));
    IS(OSSUARY_ERR_WRONG_LENGTH, ossuary_fingerprint(OSSUARY_ED25519, key, 31, fingerprint));
    IS(OSSUARY_ERR_BUFFER_TOO_SMALL, ossuary_sign(OSSUARY_ED25519, key, key, 32, out, 63, &len));
    CHECK(len == 64);
    IS(OSSUARY_ERR_OVERLAP, ossuary_sign(OSSUARY_ED25519, key, out, 1, out, 64, &len));
    IS(OSSUARY_ERR_INVALID_ARGUMENT, ossuary_sign(OSSUARY_NO_KEY, key, key, 32, out, 64, &len));
    static const uint8_t zero[32];
    IS(OSSUARY_ERR_INVALID_SECRET_KEY, ossuary_public_key(OSSUARY_ECDSA_P256, zero, out, 64, &len));
    IS(OSSUARY_ERR_INVALID_ARGUMENT,
       ossuary_config_add_secret_key(config, (ossuary_scheme_t)99, key, 32));
    IS(OSSUARY_ERR_WRONG_LENGTH, ossuary_config_add_secret_key(config, OSSUARY_ED25519, key, 31));
    IS(OSSUARY_ERR_INVALID_SECRET_KEY,
       ossuary_config_add_secret_key(config, OSSUARY_ECDSA_P256, zero, 32));
    IS(OSSUARY_ERR_INVALID_ARGUMENT, ossuary_config_set_trust(config, (ossuary_trust_t)3));
    IS(OSSUARY_ERR_INVALID_ARGUMENT, ossuary_config_set_peer_name(config, "\xff"));
    IS(OSSUARY_ERR_INVALID_ARGUMENT, ossuary_config_set_timeouts(config, 0, 1));
    IS(OSSUARY_ERR_INVALID_ARGUMENT, ossuary_config_set_timeouts(config, 1, 0));
    IS(OSSUARY_ERR_WRONG_LENGTH, ossuary_config_set_identity(config, OSSUARY_ED25519, key, 33));
    IS(OSSUARY_ERR_WRONG_LENGTH, ossuary_config_authorize(config, OSSUARY_ED25519, key, 0));
    OK(ossuary_config_set_pre_shared_key(config, short_key, sizeof short_key));
    IS(OSSUARY_ERR_PRE_SHARED_KEY_TOO_SHORT, ossuary_create_connection_with(config, &conn));
    OK(ossuary_config_set_pre_shared_key(config, NULL, 0));
    /* Timeouts of any length are no overflow. */
    OK(ossuary_config_set_timeouts(config, UINT64_MAX, UINT64_MAX));
    OK(ossuary_create_connection_with(config, &conn));
    OK(ossuary_advance(conn, 5, NULL));
    OK(ossuary_advance(conn, UINT64_MAX, NULL));
    CHECK(ossuary_deadline(conn) > 5);
    ossuary_destroy_connection(&conn);
    ossuary_destroy_config(&config);
    config = ossuary_create_config(OSSUARY_SERVER);
    IS(OSSUARY_ERR_NO_HOST_KEY, ossuary_create_connection_with(config, &conn));
    ossuary_destroy_config(&config);
    CHECK(ossuary_create_connection((ossuary_conn_type_t)3, NULL) == NULL);
    CHECK(ossuary_last_error_code(NULL) == OSSUARY_ERR_INVALID_ARGUMENT);
}

/* Calls that have no place in the state there is. */
static void states(void) {
    pair both = new_pair();
    size_t len = 0;
    int32_t present = 7;
    uint8_t text[5] = "text";
    OssuarySender *sender = NULL;
    IS(OSSUARY_ERR_NOT_OPEN, ossuary_seal(both.client, text, 4, buffer, sizeof buffer, &len));
    IS(OSSUARY_ERR_NOT_OPEN, ossuary_seal_in_place(both.client, buffer, sizeof buffer, 4, &len));
    IS(OSSUARY_ERR_NOT_OPEN,
       ossuary_seal_padded(both.client, text, 4, 9, buffer, sizeof buffer, &len));
    IS(OSSUARY_ERR_NOT_OPEN, ossuary_rekey(both.client));
    IS(OSSUARY_ERR_NOT_OPEN, ossuary_channel_binding(both.client, buffer, 64, &len));
    IS(OSSUARY_ERR_NOT_OPEN,
       ossuary_export_keying_material(both.client, NULL, 0, NULL, 0, buffer, 10));
    IS(OSSUARY_ERR_NO_DECISION_PENDING, ossuary_decide(both.client, 1));
    IS(OSSUARY_ERR_NO_SIGNATURE_PENDING, ossuary_provide_signature(both.client, buffer, 64));
    IS(OSSUARY_ERR_NOT_OPEN, ossuary_split(both.client, &sender));
    CHECK(sender == NULL);
    IS(OSSUARY_ERR_NOT_OPEN, ossuary_join(both.client, &sender));
    OK(ossuary_pending_signature(both.client, buffer, 76, &len));
    CHECK(len == 0);
    OK(ossuary_take_delivery(both.client, &delivery, &present));
    CHECK(present == 0);
    OK(ossuary_failure(both.client, NULL));
    OK(ossuary_receive(both.client, text, 4, &received));
    CHECK(received.event == OSSUARY_EVENT_NOT_YET && received.consumed == 0);
    /* A first packet that has no room waits for one that has. */
    size_t needed = ossuary_send_len(both.client);
    IS(OSSUARY_ERR_BUFFER_TOO_SMALL, ossuary_send(both.client, buffer, needed - 1, &len));
    CHECK(len == needed);
    open_pair(&both);

    /* After a failure: everything says so, and what can be asked can be asked. */
    memset(buffer, 0xff, 100);
    OK(ossuary_disconnect(both.client, 1));
    IS(OSSUARY_ERR_CONNECTION_FAILED,
       ossuary_seal(both.client, text, 4, buffer, sizeof buffer, &len));
    IS(OSSUARY_ERR_CONNECTION_FAILED, ossuary_rekey(both.client));
    IS(OSSUARY_ERR_CONNECTION_FAILED, ossuary_receive(both.client, buffer, 100, &received));
    IS(OSSUARY_ERR_CONNECTION_FAILED, ossuary_channel_binding(both.client, buffer, 64, &len));
    IS(OSSUARY_ERR_CONNECTION_FAILED, ossuary_end_of_stream(both.client));
    IS(OSSUARY_ERR_NOT_OPEN, ossuary_split(both.client, &sender));
    OK(ossuary_disconnect(both.client, 0));
    IS(OSSUARY_ERR_LOCAL_END, ossuary_failure(both.client, NULL));
    CHECK(ossuary_handshake_done(both.client) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_last_error_code(both.client) == OSSUARY_ERR_CONNECTION_FAILED);
    CHECK(ossuary_error_class(ossuary_last_error_code(both.client)) == OSSUARY_CLASS_CONDITION);
    uint16_t out_len = 100;
    CHECK(ossuary_send_data(both.client, text, 4, buffer, &out_len) == OSSUARY_ERR_OTHER);
    CHECK(out_len == 0);
    end_pair(&both);
}

/* Pointers and results at addresses that nothing else would have. */
static void anywhere(void) {
    static uint8_t memory[200];
    for (size_t at = 1; at < 8; at++) {
        OssuaryConfig **config = (OssuaryConfig **)(void *)(memory + at);
        OssuaryConnection **conn = (OssuaryConnection **)(void *)(memory + 16 + at);
        OssuarySender **sender = (OssuarySender **)(void *)(memory + 32 + at);
        size_t *len = (size_t *)(void *)(memory + 48 + at);
        ossuary_received_t *found = (ossuary_received_t *)(void *)(memory + 64 + at);
        OssuaryConfig *made = config_of(OSSUARY_CLIENT, NULL);
        OK(ossuary_create_connection_with(made, conn));
        memcpy(memory + at, &made, sizeof made);
        ossuary_destroy_config(config);
        memcpy(&made, memory + at, sizeof made);
        CHECK(made == NULL);
        ossuary_destroy_connection(conn);

        pair both = new_pair();
        open_pair(&both);
        OK(ossuary_split(both.client, sender));
        OK(ossuary_join(both.client, sender));
        OK(ossuary_split(both.client, sender));
        ossuary_destroy_sender(sender);
        OK(ossuary_seal(both.server, (const uint8_t *)"text", 4, buffer, sizeof buffer, len));
        size_t sealed = 0;
        memcpy(&sealed, memory + 48 + at, sizeof sealed);
        CHECK(sealed == 4 + OSSUARY_RECORD_OVERHEAD);
        OK(ossuary_receive(both.client, buffer, sealed, found));
        memcpy(&received, memory + 64 + at, sizeof received);
        CHECK(received.event == OSSUARY_EVENT_RECORD && received.plaintext_len == 4);
        end_pair(&both);
    }
}

/* The two interfaces on one connection: what one keeps is not lost by the other. */
static void both_interfaces(void) {
    pair both = new_pair();
    open_pair(&both);
    uint8_t record[100];
    uint8_t plaintext[10] = "ten bytes";
    uint16_t len = 10;
    size_t size = 0;
    OssuarySender *sender = NULL;
    CHECK(ossuary_send_data(both.client, plaintext, 10, record, &len) == OSSUARY_ERR_WOULDBLOCK);
    CHECK(len == 10);
    IS(OSSUARY_ERR_FLUSH_FIRST, ossuary_seal(both.client, plaintext, 1, buffer, 100, &size));
    IS(OSSUARY_ERR_FLUSH_FIRST, ossuary_seal_in_place(both.client, buffer, 100, 1, &size));
    IS(OSSUARY_ERR_FLUSH_FIRST,
       ossuary_seal_padded(both.client, plaintext, 1, 9, buffer, 100, &size));
    IS(OSSUARY_ERR_FLUSH_FIRST, ossuary_send(both.client, buffer, 100, &size));
    IS(OSSUARY_ERR_FLUSH_FIRST, ossuary_split(both.client, &sender));
    int32_t rest = ossuary_flush(both.client, record + 10, 90);
    CHECK(rest == 10 + OSSUARY_RECORD_OVERHEAD - 10);
    uint16_t out_len = 50;
    len = 20;
    CHECK(ossuary_recv_data(both.server, record, &len, buffer, &out_len) == OSSUARY_ERR_WOULDBLOCK);
    CHECK(len == 20 && out_len == 0);
    IS(OSSUARY_ERR_PACKET_BEGUN, ossuary_receive(both.server, record + 20, 14, &received));
    IS(OSSUARY_ERR_PACKET_BEGUN, ossuary_split(both.server, &sender));
    len = 14;
    out_len = 50;
    CHECK(ossuary_recv_data(both.server, record + 20, &len, buffer, &out_len) == 10);
    CHECK(memcmp(buffer, plaintext, 10) == 0);
    say(both.client, both.server, "in the other way");

    /* A forged alert is no record. */
    uint8_t forged[26] = {0, 18, 0, 1, 0, 0x11, 2, 0, 1};
    len = sizeof forged;
    out_len = 50;
    CHECK(ossuary_recv_data(both.server, forged, &len, buffer, &out_len) == OSSUARY_ERR_WOULDBLOCK);
    CHECK(len == sizeof forged && out_len == 0);
    CHECK(ossuary_state(both.server) == OSSUARY_STATE_OPEN);

    /* A half of another channel, where the connection is over. */
    pair others = new_pair();
    open_pair(&others);
    OssuarySender *other = NULL;
    OK(ossuary_split(both.client, &sender));
    OK(ossuary_split(others.client, &other));
    IS(OSSUARY_ERR_STREAM_ENDED, ossuary_end_of_stream(both.client));
    IS(OSSUARY_ERR_FOREIGN_HALF, ossuary_join(both.client, &other));
    OK(ossuary_join(both.client, &sender));
    OK(ossuary_join(others.client, &other));
    say(others.client, others.server, "whole");
    end_pair(&others);
    end_pair(&both);
}

/* Another key, only while nothing has begun, however it begins. */
static void secret_keys(void) {
    uint8_t server_key[32];
    public_key_of(SERVER_SECRET, server_key);
    for (int begins = 0; begins < 6; begins++) {
        OssuaryConnection *client = ossuary_create_connection(OSSUARY_CONN_TYPE_CLIENT, NULL);
        OssuaryConnection *server =
            ossuary_create_connection(OSSUARY_CONN_TYPE_UNAUTHENTICATED_SERVER, CLIENT_SECRET);
        size_t len = 0;
        CHECK(client != NULL && server != NULL);
        OK(ossuary_authorize(client, OSSUARY_ED25519, server_key, sizeof server_key));
        /* The authorized key stays, and calls that are refused begin nothing. */
        IS(OSSUARY_ERR_NOT_OPEN, ossuary_rekey(client));
        OK(ossuary_advance(client, 1000, NULL));
        CHECK(ossuary_set_secret_key(server, SERVER_SECRET) == 0);
        CHECK(ossuary_set_secret_key(client, CLIENT_SECRET) == 0);
        if (begins == 0) {
            OK(ossuary_send(client, buffer, sizeof buffer, &len));
        } else if (begins == 1) {
            OK(ossuary_disconnect(client, 1));
        } else if (begins == 2) {
            IS(OSSUARY_ERR_STREAM_ENDED, ossuary_end_of_stream(client));
        } else if (begins == 3) {
            OK(ossuary_receive(client, buffer, 0, &received));
        } else {
            settle(client, server);
            CHECK(ossuary_state(client) == OSSUARY_STATE_OPEN);
            OssuarySender *sender = NULL;
            if (begins == 5) {
                OK(ossuary_split(client, &sender));
                ossuary_destroy_sender(&sender);
            }
        }
        ossuary_state_t before = ossuary_state(client);
        CHECK(ossuary_set_secret_key(client, SERVER_SECRET) == OSSUARY_ERR_OTHER);
        CHECK(ossuary_last_error_code(client) == OSSUARY_ERR_HANDSHAKE_BEGUN);
        CHECK(ossuary_state(client) == before);
        ossuary_destroy_connection(&client);
        ossuary_destroy_connection(&server);
    }
}

/* Bytes that no peer would send, to both roles, in the first state and in an open channel. */
static void noise(void) {
    for (unsigned seed = 1; seed < 200; seed++) {
        pair both = new_pair();
        if (seed % 2 == 0) {
            open_pair(&both);
        } else {
            size_t len = 0;
            OK(ossuary_send(both.client, buffer, sizeof buffer, &len));
        }
        uint32_t state = seed * 2654435761u;
        for (size_t index = 0; index < 2000; index++) {
            state = state * 1664525u + 1013904223u;
            buffer[index] = index % 8 == 2 ? 0 : (uint8_t)(state >> 24);
        }
        OssuaryConnection *to = seed % 4 < 2 ? both.client : both.server;
        size_t done = 0;
        for (int turns = 0; turns < 100 && done < 2000; turns++) {
            uint8_t out[OSSUARY_MAX_SIGNATURE_SIZE * 2];
            size_t len = 0;
            if (ossuary_receive(to, buffer + done, 2000 - done, &received) != OSSUARY_OK) {
                break;
            }
            CHECK(received.event != OSSUARY_EVENT_RECORD);
            CHECK(received.consumed <= 2000 - done);
            done += received.consumed;
            OK(ossuary_send(to, out, sizeof out, &len));
        }
        end_pair(&both);
    }
}

int main(void) {
    pair both = new_pair();
    open_pair(&both);
    null_pointers(&both);
    sizes(&both);
    overlaps(&both);
    end_pair(&both);
    arguments();
    states();
    anywhere();
    both_interfaces();
    secret_keys();
    noise();
    return 0;
}
