/* The full interface as it is meant to be used: each function of it, and what it gives. */

#include "check.h"

static uint8_t large[OSSUARY_MAX_PACKET];
static uint8_t record[OSSUARY_MAX_PACKET];

static void names(void) {
    CHECK(strcmp(ossuary_version(), OSSUARY_VERSION) == 0);
    CHECK(OSSUARY_VERSION_NUMBER ==
          OSSUARY_VERSION_MAJOR * 1000000 + OSSUARY_VERSION_MINOR * 1000 + OSSUARY_VERSION_PATCH);
    CHECK(strcmp(ossuary_suite_name(), SUITE) == 0);
    CHECK(strcmp(ossuary_backend_name(), BACKEND) == 0);
    CHECK(ossuary_version_number() == OSSUARY_VERSION_NUMBER);
    CHECK(ossuary_max_packet() == OSSUARY_MAX_PACKET);
    CHECK(ossuary_secret_key_size() == OSSUARY_SECRET_KEY_SIZE);
    CHECK(ossuary_max_public_key_size() == OSSUARY_MAX_PUBLIC_KEY_SIZE);
    CHECK(ossuary_max_signature_size() == OSSUARY_MAX_SIGNATURE_SIZE);
    CHECK(ossuary_fingerprint_size() == OSSUARY_FINGERPRINT_SIZE);
    CHECK(ossuary_plaintext_offset() == OSSUARY_PLAINTEXT_OFFSET);
    CHECK(ossuary_close_size() == OSSUARY_CLOSE_SIZE);
    CHECK(ossuary_max_signed_size() == OSSUARY_MAX_SIGNED_SIZE);
    CHECK(ossuary_max_passphrase_size() == OSSUARY_MAX_PASSPHRASE_SIZE);
    CHECK(ossuary_public_key_size(OSSUARY_ECDSA_P256) == 33);
    CHECK(ossuary_signature_size(OSSUARY_ML_DSA_65) == OSSUARY_MAX_SIGNATURE_SIZE);
    CHECK(ossuary_public_key_size(OSSUARY_NO_KEY) == 0);
    CHECK(ossuary_signature_size((ossuary_scheme_t)99) == 0);
    CHECK(ossuary_max_plaintext(NULL) == OSSUARY_MAX_PLAINTEXT);
    CHECK(ossuary_record_overhead(NULL) == OSSUARY_RECORD_OVERHEAD);
    CHECK(OSSUARY_MAX_PLAINTEXT + OSSUARY_RECORD_OVERHEAD == OSSUARY_MAX_PACKET);
    CHECK(strcmp(ossuary_error_name(OSSUARY_OK), "OSSUARY_OK") == 0);
    CHECK(strcmp(ossuary_error_name(OSSUARY_ERR_KEY_LOCKED), "OSSUARY_ERR_KEY_LOCKED") == 0);
    CHECK(strcmp(ossuary_error_name((ossuary_status_t)-77777), "unknown") == 0);
    CHECK(ossuary_error_class(OSSUARY_ERR_BAD_SIGNATURE) == OSSUARY_CLASS_PEER);
    CHECK(ossuary_error_class(OSSUARY_ERR_NOT_OPEN) == OSSUARY_CLASS_CALLER);
}

static void keys(void) {
    static const struct {
        ossuary_scheme_t scheme;
        size_t len;
    } schemes[] = {{OSSUARY_ED25519, 32}, {OSSUARY_ECDSA_P256, 33}, {OSSUARY_ML_DSA_65, 1952}};
    for (size_t index = 0; index < 3; index++) {
        ossuary_scheme_t scheme = schemes[index].scheme;
        uint8_t secret[OSSUARY_SECRET_KEY_SIZE] = {0};
        uint8_t public_key[OSSUARY_MAX_PUBLIC_KEY_SIZE];
        uint8_t again[OSSUARY_MAX_PUBLIC_KEY_SIZE];
        char fingerprint[OSSUARY_FINGERPRINT_SIZE];
        size_t len = 0;
        IS(OSSUARY_ERR_BUFFER_TOO_SMALL,
           ossuary_generate_key(scheme, secret, public_key, schemes[index].len - 1, &len));
        CHECK(len == schemes[index].len);
        static const uint8_t zeros[OSSUARY_SECRET_KEY_SIZE];
        CHECK(memcmp(secret, zeros, sizeof secret) == 0);
        OK(ossuary_generate_key(scheme, secret, public_key, schemes[index].len, &len));
        CHECK(len == schemes[index].len);
        CHECK(memcmp(secret, zeros, sizeof secret) != 0);
        OK(ossuary_public_key(scheme, secret, again, sizeof again, &len));
        CHECK(len == schemes[index].len && memcmp(public_key, again, len) == 0);
        OK(ossuary_fingerprint(scheme, public_key, len, fingerprint));
        CHECK(strncmp(fingerprint, "SHA256:", 7) == 0);
        CHECK(strlen(fingerprint) == OSSUARY_FINGERPRINT_SIZE - 1);
        ossuary_wipe(secret, sizeof secret);
        CHECK(memcmp(secret, zeros, sizeof secret) == 0);

        /* A host key of this scheme at each end. */
        uint8_t other[OSSUARY_SECRET_KEY_SIZE];
        OK(ossuary_generate_key(scheme, other, public_key, sizeof public_key, &len));
        for (int role = 0; role < 2; role++) {
            ossuary_role_t own = role == 0 ? OSSUARY_CLIENT : OSSUARY_SERVER;
            OssuaryConfig *here = ossuary_create_config(own);
            OK(ossuary_config_add_secret_key(here, scheme, other, sizeof other));
            OK(ossuary_config_set_trust(here, OSSUARY_TRUST_ANYONE));
            OssuaryConfig *there =
                config_of(role == 0 ? OSSUARY_SERVER : OSSUARY_CLIENT, SERVER_SECRET);
            OK(ossuary_config_authorize(there, scheme, public_key, len));
            OssuaryConnection *one = made_of(here);
            OssuaryConnection *two = made_of(there);
            settle(role == 0 ? one : two, role == 0 ? two : one);
            CHECK(ossuary_state(one) == OSSUARY_STATE_OPEN);
            ossuary_scheme_t found = OSSUARY_NO_KEY;
            size_t found_len = 0;
            OK(ossuary_remote_identity(two, &found, again, sizeof again, &found_len));
            CHECK(found == scheme && found_len == len && memcmp(again, public_key, len) == 0);
            OK(ossuary_local_identity(one, &found, again, sizeof again, &found_len));
            CHECK(found == scheme && found_len == len && memcmp(again, public_key, len) == 0);
            IS(OSSUARY_ERR_BUFFER_TOO_SMALL,
               ossuary_local_identity(one, &found, again, len - 1, &found_len));
            CHECK(found_len == len);
            ossuary_destroy_connection(&one);
            ossuary_destroy_connection(&two);
        }
    }
}

/* Records of every size, by every way to seal them. */
static void records(const pair *both) {
    static const size_t sizes[] = {0, 1, 16384, OSSUARY_MAX_PLAINTEXT};
    for (size_t index = 0; index < sizeof large; index++) {
        large[index] = (uint8_t)(index * 7 + index / 251);
    }
    for (size_t index = 0; index < 4; index++) {
        size_t size = sizes[index];
        size_t len = 0;
        OssuaryConnection *from = index % 2 == 0 ? both->client : both->server;
        OssuaryConnection *to = index % 2 == 0 ? both->server : both->client;
        size_t needed = size + OSSUARY_RECORD_OVERHEAD;
        uint64_t sent = ossuary_records_sent(from);
        uint64_t received = ossuary_records_received(to);

        IS(OSSUARY_ERR_BUFFER_TOO_SMALL, ossuary_seal(from, large, size, record, needed - 1, &len));
        CHECK(len == needed);
        OK(ossuary_seal(from, large, size, record, needed, &len));
        CHECK(len == needed);
        receive_record(to, record, len, large, size);

        memcpy(record + OSSUARY_PLAINTEXT_OFFSET, large, size);
        IS(OSSUARY_ERR_BUFFER_TOO_SMALL, ossuary_seal_in_place(from, record, needed - 1, size, &len));
        CHECK(len == needed);
        CHECK(memcmp(record + OSSUARY_PLAINTEXT_OFFSET, large, size) == 0);
        OK(ossuary_seal_in_place(from, record, needed, size, &len));
        CHECK(len == needed);
        OK(ossuary_rekey(from));
        receive_record(to, record, len, large, size);

        if (size < OSSUARY_MAX_PLAINTEXT) {
            size_t padded = size + 100 > OSSUARY_MAX_PLAINTEXT ? OSSUARY_MAX_PLAINTEXT : size + 100;
            OK(ossuary_seal_padded(from, large, size, padded, record, sizeof record, &len));
            CHECK(len == padded + OSSUARY_RECORD_OVERHEAD);
            receive_record(to, record, len, large, size);
            CHECK(ossuary_records_sent(from) == sent + 3);
            CHECK(ossuary_records_received(to) == received + 3);
        }
    }
    size_t len = 1;
    IS(OSSUARY_ERR_RECORD_TOO_LONG,
       ossuary_seal(both->client, large, OSSUARY_MAX_PLAINTEXT + 1, record, sizeof record, &len));
    CHECK(len == 0);
    IS(OSSUARY_ERR_PADDED_TOO_SHORT,
       ossuary_seal_padded(both->client, large, 5, 5, record, sizeof record, &len));
}

/* A buffer with several packets, or part of one. */
static void buffers(const pair *both) {
    size_t first = 0;
    size_t second = 0;
    OK(ossuary_seal(both->client, (const uint8_t *)"one", 3, record, sizeof record, &first));
    OK(ossuary_seal(both->client, (const uint8_t *)"two", 3, record + first, sizeof record - first,
                    &second));
    ossuary_received_t received;
    for (size_t given = 0; given < first; given++) {
        OK(ossuary_receive(both->server, record, given, &received));
        CHECK(received.event == OSSUARY_EVENT_NEED_BYTES);
        CHECK(received.consumed == 0 && received.plaintext == NULL && received.need > 0);
        CHECK(given + received.need <= first);
    }
    OK(ossuary_receive(both->server, record, first + second, &received));
    CHECK(received.event == OSSUARY_EVENT_RECORD && received.consumed == first);
    CHECK(received.plaintext_len == 3 && memcmp(received.plaintext, "one", 3) == 0);
    receive_record(both->server, record + first, second, "two", 3);
}

static void secrets(const pair *both) {
    uint8_t ours[48];
    uint8_t theirs[48];
    size_t len = 0;
    OK(ossuary_channel_binding(both->client, ours, sizeof ours, &len));
    CHECK(len == HASH_SIZE);
    OK(ossuary_channel_binding(both->server, theirs, len, &len));
    CHECK(memcmp(ours, theirs, len) == 0);
    IS(OSSUARY_ERR_BUFFER_TOO_SMALL, ossuary_channel_binding(both->server, theirs, len - 1, &len));
    CHECK(len == HASH_SIZE);

    const uint8_t *label = (const uint8_t *)"label";
    OK(ossuary_export_keying_material(both->client, label, 5, NULL, 0, ours, 40));
    OK(ossuary_export_keying_material(both->server, label, 5, NULL, 0, theirs, 40));
    CHECK(memcmp(ours, theirs, 40) == 0);
    OK(ossuary_export_keying_material(both->server, label, 5, label, 1, theirs, 40));
    CHECK(memcmp(ours, theirs, 40) != 0);
    IS(OSSUARY_ERR_EXPORT_TOO_LONG,
       ossuary_export_keying_material(both->client, large, 256, NULL, 0, ours, 40));
}

/* A record is damaged: both sides recover, and the sender learns what was lost. */
static void recovery(const pair *both) {
    size_t len = 0;
    ossuary_received_t received;
    uint8_t reason = 0;
    ossuary_delivery_t delivery;
    int32_t present = 0;
    OK(ossuary_last_reset(both->server, &reason));
    say(both->client, both->server, "before");
    uint64_t sent = ossuary_records_sent(both->client);
    OK(ossuary_seal(both->client, (const uint8_t *)"lost", 4, record, sizeof record, &len));
    record[len - 1] ^= 1;
    OK(ossuary_receive(both->server, record, len, &received));
    CHECK(received.event == OSSUARY_EVENT_RESET);
    CHECK(ossuary_state(both->server) == OSSUARY_STATE_RECOVERING);
    IS(OSSUARY_ERR_DECRYPTION_FAILED, ossuary_last_reset(both->server, &reason));
    CHECK(reason == 7);
    IS(OSSUARY_ERR_NOT_OPEN,
       ossuary_seal(both->server, (const uint8_t *)"x", 1, record, sizeof record, &len));
    open_pair(both);
    IS(OSSUARY_ERR_RESET_BY_PEER, ossuary_last_reset(both->client, NULL));
    CHECK(strstr(ossuary_last_error(both->client), "the peer reset the channel") != NULL);
    OK(ossuary_take_delivery(both->client, &delivery, &present));
    CHECK(present == 1 && delivery.counted == 1);
    CHECK(delivery.sent == sent + 1 && delivery.received == sent);
    OK(ossuary_take_delivery(both->client, &delivery, &present));
    CHECK(present == 0);
    say(both->client, both->server, "after");
}

static void closing(pair *both) {
    OK(ossuary_disconnect(both->client, 0));
    CHECK(ossuary_state(both->client) == OSSUARY_STATE_CLOSED);
    CHECK(ossuary_send_len(both->client) == OSSUARY_CLOSE_SIZE);
    size_t len = 0;
    OK(ossuary_send(both->client, record, sizeof record, &len));
    CHECK(len == OSSUARY_CLOSE_SIZE);
    ossuary_received_t received;
    OK(ossuary_receive(both->server, record, len, &received));
    CHECK(received.event == OSSUARY_EVENT_CLOSED);
    OK(ossuary_end_of_stream(both->server));
    OK(ossuary_failure(both->server, NULL));
    IS(OSSUARY_ERR_CONNECTION_CLOSED, ossuary_receive(both->server, record, len, &received));
    CHECK(received.event == OSSUARY_EVENT_NONE && received.consumed == 0);
    IS(OSSUARY_ERR_CONNECTION_CLOSED,
       ossuary_seal(both->server, (const uint8_t *)"x", 1, record, sizeof record, &len));
}

static void a_stream_that_just_ends(void) {
    pair both = new_pair();
    open_pair(&both);
    uint8_t reason = 0;
    IS(OSSUARY_ERR_STREAM_ENDED, ossuary_end_of_stream(both.client));
    CHECK(ossuary_state(both.client) == OSSUARY_STATE_FAILED);
    IS(OSSUARY_ERR_STREAM_ENDED, ossuary_failure(both.client, &reason));
    /* And one that ends itself by an error. */
    OK(ossuary_disconnect(both.server, 1));
    IS(OSSUARY_ERR_LOCAL_END, ossuary_failure(both.server, &reason));
    CHECK(ossuary_send_len(both.server) > 0);
    end_pair(&both);
}

static void time_is_told(void) {
    OssuaryConfig *config = config_of(OSSUARY_CLIENT, NULL);
    OK(ossuary_config_set_timeouts(config, 500, 2000));
    OssuaryConnection *client = made_of(config);
    int32_t timed_out = 7;
    size_t len = 0;
    CHECK(ossuary_deadline(client) == UINT64_MAX);
    OK(ossuary_send(client, record, sizeof record, &len));
    OK(ossuary_advance(client, 1000, &timed_out));
    CHECK(timed_out == 0);
    uint64_t deadline = ossuary_deadline(client);
    CHECK(deadline == 1500);
    OK(ossuary_advance(client, 1499, &timed_out));
    CHECK(timed_out == 0 && ossuary_state(client) == OSSUARY_STATE_HANDSHAKING);
    OK(ossuary_advance(client, deadline, &timed_out));
    CHECK(timed_out == 1);
    IS(OSSUARY_ERR_TIMED_OUT, ossuary_last_reset(client, NULL));
    CHECK(ossuary_state(client) == OSSUARY_STATE_RECOVERING);
    /* Nobody answers: after some resets it gives up. */
    ossuary_status_t status = OSSUARY_OK;
    uint64_t now = deadline;
    for (int step = 0; step < 50 && status == OSSUARY_OK; step++) {
        OK(ossuary_send(client, record, sizeof record, &len));
        now += 1000;
        status = ossuary_advance(client, now, NULL);
    }
    CHECK(status == OSSUARY_ERR_TOO_MANY_RESETS);
    ossuary_destroy_connection(&client);
}

/* What both sides have to agree on. */
static void agreement(void) {
    static const uint8_t key[16] = {9};
    for (int differs = 0; differs < 4; differs++) {
        OssuaryConfig *client = config_of(OSSUARY_CLIENT, NULL);
        OssuaryConfig *server = config_of(OSSUARY_SERVER, SERVER_SECRET);
        OK(ossuary_config_set_trust(client, OSSUARY_TRUST_ANYONE));
        OK(ossuary_config_set_trust(server, OSSUARY_TRUST_ANYONE));
        OK(ossuary_config_set_prologue(client, (const uint8_t *)"p1", 2));
        OK(ossuary_config_set_prologue(server, (const uint8_t *)(differs == 1 ? "p2" : "p1"), 2));
        OK(ossuary_config_set_pre_shared_key(client, key, sizeof key));
        if (differs != 2) {
            OK(ossuary_config_set_pre_shared_key(server, key, sizeof key));
        }
        if (differs == 3) {
            /* Taken back on both sides. */
            OK(ossuary_config_set_prologue(client, NULL, 0));
            OK(ossuary_config_set_prologue(server, NULL, 0));
            OK(ossuary_config_set_pre_shared_key(client, NULL, 0));
            OK(ossuary_config_set_pre_shared_key(server, NULL, 0));
        }
        pair both = {made_of(client), made_of(server)};
        size_t len = 0;
        ossuary_received_t received;
        OK(ossuary_send(both.client, record, sizeof record, &len));
        ossuary_status_t status = ossuary_receive(both.server, record, len, &received);
        if (status == OSSUARY_OK && received.event == OSSUARY_EVENT_PROGRESS) {
            OK(ossuary_send(both.server, record, sizeof record, &len));
            status = ossuary_receive(both.client, record, len, &received);
        }
        CHECK(status == OSSUARY_OK);
        if (differs == 0 || differs == 3) {
            open_pair(&both);
            ossuary_scheme_t scheme = OSSUARY_ED25519;
            OK(ossuary_remote_identity(both.server, &scheme, record, 32, &len));
            CHECK(scheme == OSSUARY_NO_KEY && len == 0);
            OK(ossuary_local_identity(both.client, &scheme, record, 32, &len));
            CHECK(scheme == OSSUARY_NO_KEY && len == 0);
        } else {
            CHECK(received.event == OSSUARY_EVENT_RESET);
            IS(OSSUARY_ERR_DECRYPTION_FAILED, ossuary_last_reset(both.client, NULL));
        }
        end_pair(&both);
    }
}

/* The program decides about a key that nobody has authorized. */
static void first_use(void) {
    uint8_t server_key[32];
    public_key_of(SERVER_SECRET, server_key);
    for (int way = 0; way < 3; way++) {
        OssuaryConfig *server = config_of(OSSUARY_SERVER, SERVER_SECRET);
        OK(ossuary_config_set_trust(server, OSSUARY_TRUST_ANYONE));
        OssuaryConfig *client = config_of(OSSUARY_CLIENT, NULL);
        OK(ossuary_config_set_trust(client, OSSUARY_TRUST_ASK));
        pair both = {made_of(client), made_of(server)};
        settle(both.client, both.server);
        CHECK(ossuary_state(both.client) == OSSUARY_STATE_UNDECIDED);
        CHECK(ossuary_deadline(both.client) == UINT64_MAX);
        uint8_t key[32];
        size_t len = 0;
        ossuary_scheme_t scheme = OSSUARY_NO_KEY;
        OK(ossuary_undecided_peer(both.client, &scheme, key, sizeof key, &len));
        CHECK(scheme == OSSUARY_ED25519 && len == 32 && memcmp(key, server_key, 32) == 0);
        OK(ossuary_remote_identity(both.client, &scheme, key, sizeof key, &len));
        CHECK(scheme == OSSUARY_NO_KEY && len == 0);
        /* A verdict or a status is no decision. */
        IS(OSSUARY_ERR_INVALID_ARGUMENT, ossuary_decide(both.client, OSSUARY_REVOKED));
        IS(OSSUARY_ERR_INVALID_ARGUMENT, ossuary_decide(both.client, OSSUARY_ERR_TRUST));
        CHECK(ossuary_state(both.client) == OSSUARY_STATE_UNDECIDED);
        if (way == 0) {
            OK(ossuary_decide(both.client, 1));
        } else if (way == 1) {
            OK(ossuary_authorize(both.client, OSSUARY_ED25519, server_key, 32));
        } else {
            OK(ossuary_decide(both.client, 0));
            IS(OSSUARY_ERR_NOT_AUTHORIZED, ossuary_failure(both.client, NULL));
            OK(ossuary_send(both.client, record, sizeof record, &len));
            ossuary_received_t received;
            IS(OSSUARY_ERR_DISCONNECTED, ossuary_receive(both.server, record, len, &received));
            uint8_t reason = 0;
            IS(OSSUARY_ERR_DISCONNECTED, ossuary_failure(both.server, &reason));
            CHECK(reason == 4);
            end_pair(&both);
            continue;
        }
        IS(OSSUARY_ERR_NO_DECISION_PENDING, ossuary_decide(both.client, 1));
        open_pair(&both);
        OK(ossuary_undecided_peer(both.client, &scheme, key, sizeof key, &len));
        CHECK(scheme == OSSUARY_NO_KEY && len == 0);
        OK(ossuary_remote_identity(both.client, &scheme, key, sizeof key, &len));
        CHECK(scheme == OSSUARY_ED25519 && memcmp(key, server_key, 32) == 0);
        end_pair(&both);
    }
}

/* Several host keys, and a rule which of them to use; several connections of one configuration. */
static void identities(void) {
    uint8_t second[32];
    public_key_of(CLIENT_SECRET, second);
    OssuaryConfig *config = config_of(OSSUARY_SERVER, SERVER_SECRET);
    OK(ossuary_config_add_secret_key(config, OSSUARY_ED25519, CLIENT_SECRET, 32));
    for (int chosen = 0; chosen < 3; chosen++) {
        if (chosen == 1) {
            OK(ossuary_config_set_identity(config, OSSUARY_ED25519, second, 32));
        } else if (chosen == 2) {
            OK(ossuary_config_set_identity(config, OSSUARY_NO_KEY, NULL, 0));
        }
        OssuaryConnection *conn = NULL;
        OK(ossuary_create_connection_with(config, &conn));
        uint8_t key[32];
        size_t len = 0;
        ossuary_scheme_t scheme = OSSUARY_NO_KEY;
        OK(ossuary_local_identity(conn, &scheme, key, sizeof key, &len));
        CHECK((memcmp(key, second, 32) == 0) == (chosen == 1));
        ossuary_destroy_connection(&conn);
    }
    second[0] ^= 1;
    OK(ossuary_config_set_identity(config, OSSUARY_ED25519, second, 32));
    OssuaryConnection *conn = NULL;
    IS(OSSUARY_ERR_UNKNOWN_IDENTITY, ossuary_create_connection_with(config, &conn));
    CHECK(conn == NULL);
    CHECK(strstr(ossuary_config_last_error(config), "does not list") != NULL);
    ossuary_destroy_config(&config);
}

int main(void) {
    names();
    keys();
    pair both = new_pair();
    CHECK(ossuary_state(both.client) == OSSUARY_STATE_HANDSHAKING);
    CHECK(ossuary_protocol(both.client) == 2);
    CHECK(ossuary_max_plaintext(both.client) == OSSUARY_MAX_PLAINTEXT);
    CHECK(ossuary_record_overhead(both.client) == OSSUARY_RECORD_OVERHEAD);
    CHECK(ossuary_send_len(both.client) > 0 && ossuary_send_len(both.server) == 0);
    open_pair(&both);
    records(&both);
    buffers(&both);
    secrets(&both);
    recovery(&both);
    records(&both);
    closing(&both);
    end_pair(&both);
    a_stream_that_just_ends();
    time_is_told();
    agreement();
    first_use();
    identities();
    return 0;
}
