/* Connections of protocol 1, where the library is built with them; and what it says where not. */

#include "check.h"

static uint8_t buffer[OSSUARY_MAX_PACKET];

#ifdef BUILT_V1
static pair new_v1_pair(void) {
    uint8_t client_key[32];
    uint8_t server_key[32];
    pair both = {NULL, NULL};
    public_key_of(CLIENT_SECRET, client_key);
    public_key_of(SERVER_SECRET, server_key);
    OssuaryConfig *client = config_of(OSSUARY_CLIENT, CLIENT_SECRET);
    OssuaryConfig *server = config_of(OSSUARY_SERVER, SERVER_SECRET);
    OK(ossuary_config_authorize(client, OSSUARY_ED25519, server_key, 32));
    OK(ossuary_config_authorize(server, OSSUARY_ED25519, client_key, 32));
    OK(ossuary_create_connection_v1(client, &both.client));
    OK(ossuary_create_connection_v1(server, &both.server));
    ossuary_destroy_config(&client);
    ossuary_destroy_config(&server);
    return both;
}

static void converse(void) {
    pair both = new_v1_pair();
    CHECK(ossuary_protocol(both.client) == 1);
    size_t max = ossuary_max_plaintext(both.client);
    size_t overhead = ossuary_record_overhead(both.client);
    CHECK(max == 16384 && overhead == 28);
    open_pair(&both);
    say(both.client, both.server, "over protocol 1");
    say(both.server, both.client, "over protocol 1");
    uint8_t *plaintext = calloc(1, max);
    CHECK(plaintext != NULL);
    size_t len = 0;
    OK(ossuary_seal(both.client, plaintext, max, buffer, sizeof buffer, &len));
    CHECK(len == max + overhead);
    receive_record(both.server, buffer, len, plaintext, max);
    IS(OSSUARY_ERR_RECORD_TOO_LONG,
       ossuary_seal(both.client, plaintext, max + 1, buffer, sizeof buffer, &len));
    memcpy(buffer + OSSUARY_PLAINTEXT_OFFSET, "in place", 8);
    OK(ossuary_seal_in_place(both.client, buffer, sizeof buffer, 8, &len));
    receive_record(both.server, buffer, len, "in place", 8);
    free(plaintext);

    /* What it does not have. */
    OssuarySender *sender = NULL;
    IS(OSSUARY_ERR_NOT_IN_PROTOCOL_1, ossuary_rekey(both.client));
    IS(OSSUARY_ERR_NOT_IN_PROTOCOL_1,
       ossuary_seal_padded(both.client, buffer, 1, 9, buffer + 100, 100, &len));
    IS(OSSUARY_ERR_NOT_IN_PROTOCOL_1, ossuary_channel_binding(both.client, buffer, 64, &len));
    IS(OSSUARY_ERR_NOT_IN_PROTOCOL_1,
       ossuary_export_keying_material(both.client, NULL, 0, NULL, 0, buffer, 10));
    IS(OSSUARY_ERR_NOT_IN_PROTOCOL_1, ossuary_split(both.client, &sender));
    uint16_t out_len = 100;
    CHECK(ossuary_send_data(both.client, buffer, 1, buffer + 100, &out_len) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_last_error_code(both.client) == OSSUARY_ERR_NOT_IN_PROTOCOL_1);

    /* A record is damaged: nothing tells what was lost. */
    OK(ossuary_seal(both.client, (const uint8_t *)"lost", 4, buffer, sizeof buffer, &len));
    buffer[len - 1] ^= 1;
    ossuary_received_t received;
    OK(ossuary_receive(both.server, buffer, len, &received));
    CHECK(received.event == OSSUARY_EVENT_RESET);
    open_pair(&both);
    ossuary_delivery_t delivery;
    int32_t present = 0;
    OK(ossuary_take_delivery(both.client, &delivery, &present));
    CHECK(present == 1 && delivery.counted == 0 && delivery.received == 0 && delivery.sent == 5 - 1);
    say(both.client, both.server, "again");

    /* The peer's close proves nothing. */
    OK(ossuary_disconnect(both.client, 0));
    OK(ossuary_send(both.client, buffer, sizeof buffer, &len));
    IS(OSSUARY_ERR_UNPROVEN_CLOSE, ossuary_receive(both.server, buffer, len, &received));
    end_pair(&both);
}

static void what_it_cannot_be_made_of(void) {
    OssuaryConnection *conn = NULL;
    OssuaryConfig *config = ossuary_create_config(OSSUARY_SERVER);
    OK(ossuary_config_add_secret_key(config, OSSUARY_ECDSA_P256, SERVER_SECRET, 32));
    IS(OSSUARY_ERR_SCHEME_NOT_IN_PROTOCOL_1, ossuary_create_connection_v1(config, &conn));
    OK(ossuary_config_add_secret_key(config, OSSUARY_ED25519, SERVER_SECRET, 32));
    OK(ossuary_create_connection_v1(config, &conn));
    ossuary_destroy_connection(&conn);
    OK(ossuary_config_set_prologue(config, (const uint8_t *)"p", 1));
    IS(OSSUARY_ERR_NOT_IN_PROTOCOL_1, ossuary_create_connection_v1(config, &conn));
    CHECK(conn == NULL);
    ossuary_destroy_config(&config);
}

/* The other protocol is named on both sides. */
static void the_other_protocol(void) {
    for (int newer = 0; newer < 2; newer++) {
        OssuaryConfig *client = config_of(OSSUARY_CLIENT, NULL);
        OssuaryConfig *server = config_of(OSSUARY_SERVER, SERVER_SECRET);
        OssuaryConnection *one = NULL;
        OssuaryConnection *two = NULL;
        size_t len = 0;
        ossuary_received_t received;
        if (newer) {
            OK(ossuary_create_connection_with(client, &one));
            OK(ossuary_create_connection_v1(server, &two));
        } else {
            OK(ossuary_create_connection_v1(client, &one));
            OK(ossuary_create_connection_with(server, &two));
        }
        OK(ossuary_send(one, buffer, sizeof buffer, &len));
        IS(OSSUARY_ERR_VERSION_NOT_SUPPORTED, ossuary_receive(two, buffer, len, &received));
        OK(ossuary_send(two, buffer, sizeof buffer, &len));
        IS(OSSUARY_ERR_DISCONNECTED, ossuary_receive(one, buffer, len, &received));
        uint8_t reason = 0;
        IS(OSSUARY_ERR_DISCONNECTED, ossuary_failure(one, &reason));
        CHECK(reason == 3);
        ossuary_destroy_connection(&one);
        ossuary_destroy_connection(&two);
        ossuary_destroy_config(&client);
        ossuary_destroy_config(&server);
    }
}

int main(void) {
    converse();
    what_it_cannot_be_made_of();
    the_other_protocol();
    return 0;
}
#else
int main(void) {
    OssuaryConfig *config = config_of(OSSUARY_CLIENT, NULL);
    OssuaryConnection *conn = NULL;
    IS(OSSUARY_ERR_NOT_BUILT, ossuary_create_connection_v1(config, &conn));
    CHECK(conn == NULL && buffer[0] == 0);
    CHECK(strstr(ossuary_config_last_error(config), "\"v1\"") != NULL);
    ossuary_destroy_config(&config);
    return 0;
}
#endif
