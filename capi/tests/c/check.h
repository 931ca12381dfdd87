/* What the test programs share: checks that end the program, and two ends in one process. */
#ifndef CHECK_H
#define CHECK_H

#include <ossuary.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* Checks the status of a call, and names both where they differ. */
#define IS(status, call) check_is(__FILE__, __LINE__, #call, (status), (call))
#define OK(call) IS(OSSUARY_OK, call)

static inline void check_is(const char *file, int line, const char *what, ossuary_status_t expected,
                            ossuary_status_t found) {
    if (found != expected) {
        fprintf(stderr, "%s:%d: %s: %s, and not %s\n", file, line, what, ossuary_error_name(found),
                ossuary_error_name(expected));
        exit(1);
    }
}

/* Fixed keys, so that what a test sees does not change. */
static const uint8_t CLIENT_SECRET[OSSUARY_SECRET_KEY_SIZE] = {1, 2, 3};
static const uint8_t SERVER_SECRET[OSSUARY_SECRET_KEY_SIZE] = {4, 5, 6};

static inline void public_key_of(const uint8_t *secret, uint8_t public_key[32]) {
    size_t len = 0;
    OK(ossuary_public_key(OSSUARY_ED25519, secret, public_key, 32, &len));
    CHECK(len == 32);
}

static inline OssuaryConfig *config_of(ossuary_role_t role, const uint8_t *secret) {
    OssuaryConfig *config = ossuary_create_config(role);
    CHECK(config != NULL);
    if (secret != NULL) {
        OK(ossuary_config_add_secret_key(config, OSSUARY_ED25519, secret, OSSUARY_SECRET_KEY_SIZE));
    }
    return config;
}

/* A connection of a configuration that is used up. */
static inline OssuaryConnection *made_of(OssuaryConfig *config) {
    OssuaryConnection *conn = NULL;
    OK(ossuary_create_connection_with(config, &conn));
    CHECK(conn != NULL);
    ossuary_destroy_config(&config);
    CHECK(config == NULL);
    return conn;
}

/* A client and a server that know each other. */
typedef struct {
    OssuaryConnection *client;
    OssuaryConnection *server;
} pair;

static inline pair new_pair(void) {
    uint8_t client_key[32];
    uint8_t server_key[32];
    public_key_of(CLIENT_SECRET, client_key);
    public_key_of(SERVER_SECRET, server_key);
    OssuaryConfig *client = config_of(OSSUARY_CLIENT, CLIENT_SECRET);
    OssuaryConfig *server = config_of(OSSUARY_SERVER, SERVER_SECRET);
    OK(ossuary_config_authorize(client, OSSUARY_ED25519, server_key, sizeof server_key));
    OK(ossuary_config_authorize(server, OSSUARY_ED25519, client_key, sizeof client_key));
    pair both = {made_of(client), made_of(server)};
    return both;
}

static inline void end_pair(pair *both) {
    ossuary_destroy_connection(&both->client);
    ossuary_destroy_connection(&both->server);
    CHECK(both->client == NULL && both->server == NULL);
}

/* Carries one packet of the protocol's own, where there is one; whether there was. */
static inline int carry(OssuaryConnection *from, OssuaryConnection *to) {
    static uint8_t buffer[OSSUARY_MAX_PACKET];
    size_t len = 0;
    OK(ossuary_send(from, buffer, sizeof buffer, &len));
    size_t done = 0;
    while (done < len) {
        ossuary_received_t received;
        OK(ossuary_receive(to, buffer + done, len - done, &received));
        CHECK(received.consumed > 0);
        done += received.consumed;
    }
    return len > 0;
}

/* Carries packets until neither side has any more. */
static inline void settle(OssuaryConnection *client, OssuaryConnection *server) {
    while (carry(client, server) | carry(server, client)) {
    }
}

static inline void open_pair(const pair *both) {
    settle(both->client, both->server);
    CHECK(ossuary_state(both->client) == OSSUARY_STATE_OPEN);
    CHECK(ossuary_state(both->server) == OSSUARY_STATE_OPEN);
}

/* Receives a record that is whole, and checks what is in it. */
static inline void receive_record(OssuaryConnection *to, uint8_t *record, size_t len,
                                  const void *plaintext, size_t plaintext_len) {
    ossuary_received_t received;
    OK(ossuary_receive(to, record, len, &received));
    CHECK(received.event == OSSUARY_EVENT_RECORD);
    CHECK(received.consumed == len);
    CHECK(received.plaintext_len == plaintext_len);
    CHECK(received.plaintext >= record && received.plaintext + plaintext_len <= record + len);
    CHECK(plaintext_len == 0 || memcmp(received.plaintext, plaintext, plaintext_len) == 0);
}

/* Sends a text one way. */
static inline void say(OssuaryConnection *from, OssuaryConnection *to, const char *text) {
    uint8_t record[256];
    size_t len = 0;
    OK(ossuary_seal(from, (const uint8_t *)text, strlen(text), record, sizeof record, &len));
    receive_record(to, record, len, text, strlen(text));
}

#endif
