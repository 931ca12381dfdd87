/* What is wrong with what a peer sends, each with its own status. */

#include "check.h"

static uint8_t packet[OSSUARY_MAX_PACKET];
static ossuary_received_t received;

/* What `conn` says to `len` bytes in `packet`: its error, or why it reset the channel. */
static ossuary_status_t finds(OssuaryConnection *conn, size_t len) {
    ossuary_status_t status = ossuary_receive(conn, packet, len, &received);
    if (status != OSSUARY_OK) {
        CHECK(ossuary_failure(conn, NULL) == status);
        return status;
    }
    CHECK(received.event == OSSUARY_EVENT_RESET);
    return ossuary_last_reset(conn, NULL);
}

/* The first packet with one byte changed, to a server. */
static void first_packet(size_t at, uint8_t value, ossuary_status_t expected) {
    pair both = new_pair();
    size_t len = 0;
    OK(ossuary_send(both.client, packet, sizeof packet, &len));
    packet[at] = value;
    IS(expected, finds(both.server, len));
    CHECK(ossuary_error_class(expected) == OSSUARY_CLASS_PEER);
    if (expected == OSSUARY_ERR_SUITE_NOT_SUPPORTED) {
        /* The client is told which suite it was. */
        OK(ossuary_send(both.server, packet, sizeof packet, &len));
        IS(OSSUARY_ERR_SUITE_REFUSED, finds(both.client, len));
    }
    end_pair(&both);
}

/* A record with one byte of its header changed, in an open channel. */
static void record(size_t at, uint8_t value, ossuary_status_t expected) {
    pair both = new_pair();
    open_pair(&both);
    size_t len = 0;
    OK(ossuary_seal(both.client, (const uint8_t *)"text", 4, packet, sizeof packet, &len));
    packet[at] = value;
    IS(expected, finds(both.server, len));
    end_pair(&both);
}

/* A first packet where the channel is open. */
static void again(void) {
    pair both = new_pair();
    pair fresh = new_pair();
    open_pair(&both);
    size_t len = 0;
    OK(ossuary_send(fresh.client, packet, sizeof packet, &len));
    IS(OSSUARY_ERR_UNEXPECTED_PACKET, finds(both.server, len));
    end_pair(&both);
    end_pair(&fresh);
}

/* A Reset or a Disconnect with the right token, and a kind that it does not have. */
static void alert(void) {
    pair both = new_pair();
    open_pair(&both);
    size_t len = 0;
    OK(ossuary_disconnect(both.client, 1));
    OK(ossuary_send(both.client, packet, sizeof packet, &len));
    packet[9] = 7;
    IS(OSSUARY_ERR_MALFORMED_ALERT, finds(both.server, len));
    end_pair(&both);
}

/* A share that gives a secret of zeros. */
static void share(void) {
    pair both = new_pair();
    size_t len = 0;
    OK(ossuary_send(both.client, packet, sizeof packet, &len));
    memset(packet + 11, 0, 32);
    IS(OSSUARY_ERR_INVALID_SHARE, finds(both.server, len));
    end_pair(&both);
}

#ifdef BUILT_V1
static OssuaryConnection *of_v1(ossuary_role_t role, const uint8_t *secret) {
    OssuaryConfig *config = config_of(role, secret);
    OssuaryConnection *conn = NULL;
    OK(ossuary_config_set_trust(config, OSSUARY_TRUST_ANYONE));
    OK(ossuary_create_connection_v1(config, &conn));
    ossuary_destroy_config(&config);
    return conn;
}

/* The server's nonce is the client's. */
static void nonce(void) {
    pair both = {of_v1(OSSUARY_CLIENT, NULL), of_v1(OSSUARY_SERVER, SERVER_SECRET)};
    uint8_t client_nonce[12];
    size_t len = 0;
    OK(ossuary_send(both.client, packet, sizeof packet, &len));
    memcpy(client_nonce, packet + 48, sizeof client_nonce);
    OK(ossuary_receive(both.server, packet, len, &received));
    OK(ossuary_send(both.server, packet, sizeof packet, &len));
    memcpy(packet + 48, client_nonce, sizeof client_nonce);
    IS(OSSUARY_ERR_NONCE_TOO_NEAR, finds(both.client, len));
    end_pair(&both);
}

/* Another server goes on after a reset. */
static void another_peer(void) {
    pair both = {of_v1(OSSUARY_CLIENT, NULL), of_v1(OSSUARY_SERVER, SERVER_SECRET)};
    open_pair(&both);
    size_t len = 0;
    OK(ossuary_seal(both.server, (const uint8_t *)"x", 1, packet, sizeof packet, &len));
    packet[len - 1] ^= 1;
    IS(OSSUARY_ERR_DECRYPTION_FAILED, finds(both.client, len));
    settle(both.client, both.server);
    CHECK(ossuary_state(both.client) == OSSUARY_STATE_OPEN);
    OK(ossuary_seal(both.server, (const uint8_t *)"x", 1, packet, sizeof packet, &len));
    packet[len - 1] ^= 1;
    IS(OSSUARY_ERR_DECRYPTION_FAILED, finds(both.client, len));
    CHECK(carry(both.client, both.server));
    CHECK(carry(both.server, both.client));
    OssuaryConnection *other = of_v1(OSSUARY_SERVER, CLIENT_SECRET);
    OK(ossuary_send(both.client, packet, sizeof packet, &len));
    OK(ossuary_receive(other, packet, len, &received));
    OK(ossuary_send(other, packet, sizeof packet, &len));
    IS(OSSUARY_ERR_IDENTITY_CHANGED, finds(both.client, len));
    ossuary_destroy_connection(&other);
    end_pair(&both);
}
#endif

int main(void) {
    first_packet(6, 9, OSSUARY_ERR_VERSION_NOT_SUPPORTED);
    first_packet(8, 0x77, OSSUARY_ERR_SUITE_NOT_SUPPORTED);
    first_packet(3, 9, OSSUARY_ERR_WRONG_MESSAGE_ID);
    first_packet(5, 0x77, OSSUARY_ERR_UNKNOWN_PACKET_TYPE);
    first_packet(7, 0x80, OSSUARY_ERR_UNKNOWN_FLAGS);
    first_packet(1, 9, OSSUARY_ERR_WRONG_PACKET_LENGTH);
    record(6, 9, OSSUARY_ERR_UNKNOWN_VERSION);
    record(5, 0x77, OSSUARY_ERR_UNKNOWN_PACKET_TYPE);
    record(3, 99, OSSUARY_ERR_WRONG_MESSAGE_ID);
    record(7, 0x80, OSSUARY_ERR_UNKNOWN_FLAGS);
    record(10, 1, OSSUARY_ERR_DECRYPTION_FAILED);
    again();
    alert();
    share();
#ifdef BUILT_V1
    nonce();
    another_peer();
#endif
    return 0;
}
