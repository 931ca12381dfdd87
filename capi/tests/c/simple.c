/* A program as it was written to the functions of 2019, with buffers of every size. */

#include "check.h"

/* What one side has to say to the other, in pieces of at most so many bytes. */
typedef struct {
    uint8_t bytes[200000];
    size_t len;
} line;

static line to_server;
static line to_client;

/* Takes what is at the front of a line away. */
static void consumed(line *from, size_t len) {
    CHECK(len <= from->len);
    from->len -= len;
    memmove(from->bytes, from->bytes + len, from->len);
}

static void append(line *to, const uint8_t *bytes, size_t len) {
    CHECK(to->len + len <= sizeof to->bytes);
    memcpy(to->bytes + to->len, bytes, len);
    to->len += len;
}

static uint16_t at_most(size_t have, uint16_t piece) {
    return have < piece ? (uint16_t)have : piece;
}

/* One turn of the handshake, with buffers of `piece` bytes. */
static int32_t turn(OssuaryConnection *conn, line *in, line *out, uint16_t piece) {
    static uint8_t buffer[65535];
    uint16_t len = piece;
    int32_t status = ossuary_send_handshake(conn, buffer, &len);
    CHECK(status == len || status == OSSUARY_ERR_WOULDBLOCK);
    append(out, buffer, len);
    if (ossuary_handshake_done(conn) == 1) {
        return 0;
    }
    len = at_most(in->len, piece);
    status = ossuary_recv_handshake(conn, in->bytes, &len);
    consumed(in, len);
    CHECK(status < 0 || status == len);
    return status;
}

/* Sends one record from one end to the other, with such pieces. */
static void converse(OssuaryConnection *from, OssuaryConnection *to, line *between, size_t size,
                     uint16_t piece) {
    static uint8_t plaintext[65535];
    static uint8_t found[65535];
    static uint8_t buffer[65535];
    for (size_t index = 0; index < size; index++) {
        plaintext[index] = (uint8_t)(index * 13 + size);
    }
    uint16_t len = piece;
    int32_t status = ossuary_send_data(from, plaintext, (uint16_t)size, buffer, &len);
    append(between, buffer, len);
    if (status == OSSUARY_ERR_WOULDBLOCK) {
        CHECK(len == piece);
        /* It is accepted, and another one is not before it is flushed. */
        uint16_t none = piece;
        CHECK(ossuary_send_data(from, plaintext, 1, buffer, &none) == OSSUARY_ERR_OTHER);
        CHECK(none == 0);
        CHECK(ossuary_last_error_code(from) == OSSUARY_ERR_FLUSH_FIRST);
        int32_t flushed = 0;
        while ((flushed = ossuary_flush(from, buffer, piece)) > 0) {
            CHECK(flushed <= piece);
            append(between, buffer, (size_t)flushed);
        }
        CHECK(flushed == 0);
    } else {
        CHECK(status == len);
    }
    size_t have = 0;
    for (int turns = 0; have < size || between->len > 0; turns++) {
        CHECK(turns < 300000);
        uint16_t in_len = at_most(between->len, piece);
        uint16_t out_len = piece;
        status = ossuary_recv_data(to, between->bytes, &in_len, found + have, &out_len);
        CHECK(status == out_len || status == OSSUARY_ERR_WOULDBLOCK);
        consumed(between, in_len);
        have += out_len;
    }
    CHECK(have == size && memcmp(found, plaintext, size) == 0);
}

static void handshake_in_pieces(uint16_t piece) {
    static const size_t sizes[] = {0, 1, 100, 16384, 65519};
    uint8_t client_public[32];
    uint8_t server_public[32];
    uint8_t client_secret[32];
    uint8_t server_secret[32];
    uint8_t key[32];
    CHECK(ossuary_generate_auth_keypair(client_secret, 32, client_public, 32) == 0);
    CHECK(ossuary_generate_auth_keypair(server_secret, 32, server_public, 32) == 0);

    OssuaryConnection *server =
        ossuary_create_connection(OSSUARY_CONN_TYPE_AUTHENTICATED_SERVER, server_secret);
    OssuaryConnection *client = ossuary_create_connection(OSSUARY_CONN_TYPE_CLIENT, NULL);
    CHECK(server != NULL && client != NULL);
    uint8_t other[32] = {0};
    uint8_t *keys[2] = {other, client_public};
    CHECK(ossuary_add_authorized_keys(server, keys, 2) == 2);
    CHECK(ossuary_set_secret_key(client, client_secret) == 0);
    CHECK(ossuary_remote_public_key(client, key, 32) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_last_error_code(client) == OSSUARY_ERR_NOT_OPEN);
    to_server.len = 0;
    to_client.len = 0;

    int asked = 0;
    while (ossuary_handshake_done(client) == 0 || ossuary_handshake_done(server) == 0) {
        int32_t status = turn(client, &to_client, &to_server, piece);
        if (status == OSSUARY_ERR_UNTRUSTED_SERVER) {
            asked++;
            CHECK(ossuary_remote_public_key(client, key, 32) == 0);
            CHECK(memcmp(key, server_public, 32) == 0);
            CHECK(ossuary_add_authorized_key(client, key) == 0);
        } else {
            CHECK(status >= 0 || status == OSSUARY_ERR_WOULDBLOCK);
        }
        status = turn(server, &to_server, &to_client, piece);
        CHECK(status >= 0 || status == OSSUARY_ERR_WOULDBLOCK);
    }
    CHECK(asked == 1);
    CHECK(ossuary_handshake_done(client) == 1 && ossuary_handshake_done(server) == 1);
    CHECK(ossuary_remote_public_key(server, key, 32) == 0);
    CHECK(memcmp(key, client_public, 32) == 0);
    CHECK(ossuary_remote_public_key(client, key, 31) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_last_error_code(client) == OSSUARY_ERR_BUFFER_TOO_SMALL);
    CHECK(ossuary_set_secret_key(client, client_secret) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_last_error_code(client) == OSSUARY_ERR_HANDSHAKE_BEGUN);

    for (size_t index = 0; index < 5; index++) {
        size_t size = piece < 16 && sizes[index] > 100 ? 100 : sizes[index];
        converse(client, server, &to_server, size, piece);
        converse(server, client, &to_client, size, piece);
    }
    ossuary_destroy_connection(&client);
    CHECK(client == NULL);
    ossuary_destroy_connection(&client);
    ossuary_destroy_connection(&server);
}

/* A buffer with several records, and a damaged one after them. */
static void several_in_a_buffer(void) {
    OssuaryConnection *server =
        ossuary_create_connection(OSSUARY_CONN_TYPE_UNAUTHENTICATED_SERVER, NULL);
    OssuaryConnection *client = ossuary_create_connection(OSSUARY_CONN_TYPE_CLIENT, NULL);
    uint8_t key[32];
    to_server.len = 0;
    to_client.len = 0;
    while (ossuary_handshake_done(client) == 0 || ossuary_handshake_done(server) == 0) {
        if (turn(client, &to_client, &to_server, 65535) == OSSUARY_ERR_UNTRUSTED_SERVER) {
            CHECK(ossuary_remote_public_key(client, key, sizeof key) == 0);
            CHECK(ossuary_add_authorized_key(client, key) == 0);
        }
        (void)turn(server, &to_server, &to_client, 65535);
    }
    /* An anonymous client has no key. */
    CHECK(ossuary_remote_public_key(server, key, 32) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_last_error_code(server) == OSSUARY_ERR_ANONYMOUS_PEER);

    uint8_t buffer[512];
    char text[2] = "0";
    for (; text[0] < '5'; text[0]++) {
        uint16_t len = sizeof buffer;
        CHECK(ossuary_send_data(client, (uint8_t *)text, 1, buffer, &len) == len);
        append(&to_server, buffer, len);
    }
    for (char expected = '0'; expected < '5'; expected++) {
        uint16_t in_len = (uint16_t)to_server.len;
        uint16_t out_len = sizeof buffer;
        CHECK(ossuary_recv_data(server, to_server.bytes, &in_len, buffer, &out_len) == 1);
        CHECK(out_len == 1 && buffer[0] == (uint8_t)expected && in_len > 0);
        consumed(&to_server, in_len);
    }
    CHECK(to_server.len == 0);

    uint16_t len = sizeof buffer;
    CHECK(ossuary_send_data(client, (uint8_t *)text, 1, buffer, &len) == len);
    buffer[len - 1] ^= 1;
    uint16_t out_len = sizeof text;
    CHECK(ossuary_recv_data(server, buffer, &len, (uint8_t *)text, &out_len) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_last_error_code(server) == OSSUARY_ERR_CONNECTION_RESET);
    CHECK(out_len == 0);
    /* The handshake goes on, and the same connection recovers. */
    CHECK(ossuary_handshake_done(server) == 0);
    to_server.len = 0;
    for (int turns = 0; ossuary_handshake_done(server) != 1; turns++) {
        CHECK(turns < 20);
        (void)turn(server, &to_server, &to_client, 65535);
        if (ossuary_handshake_done(client) == 1) {
            uint16_t in_len = (uint16_t)to_client.len;
            out_len = sizeof text;
            (void)ossuary_recv_data(client, to_client.bytes, &in_len, (uint8_t *)text, &out_len);
            consumed(&to_client, in_len);
        }
        (void)turn(client, &to_client, &to_server, 65535);
    }
    converse(client, server, &to_server, 10, 65535);

    /* The stream's end is told by the full interface, on the same connection. */
    OK(ossuary_disconnect(client, 0));
    int32_t flushed = ossuary_flush(client, buffer, sizeof buffer);
    CHECK(flushed == OSSUARY_CLOSE_SIZE);
    len = (uint16_t)flushed;
    out_len = sizeof text;
    CHECK(ossuary_recv_data(server, buffer, &len, (uint8_t *)text, &out_len) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_last_error_code(server) == OSSUARY_ERR_CONNECTION_CLOSED);
    CHECK(ossuary_handshake_done(server) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_handshake_done(client) == OSSUARY_ERR_OTHER);
    ossuary_destroy_connection(&client);
    ossuary_destroy_connection(&server);
}

/* A client whose key nobody has authorized. */
static void not_authorized(void) {
    OssuaryConnection *server =
        ossuary_create_connection(OSSUARY_CONN_TYPE_AUTHENTICATED_SERVER, SERVER_SECRET);
    OssuaryConnection *client = ossuary_create_connection(OSSUARY_CONN_TYPE_CLIENT, CLIENT_SECRET);
    uint8_t key[32];
    public_key_of(SERVER_SECRET, key);
    CHECK(ossuary_add_authorized_key(client, key) == 0);
    to_server.len = 0;
    to_client.len = 0;
    int32_t status = 0;
    for (int turns = 0; turns < 5 && status != OSSUARY_ERR_OTHER; turns++) {
        (void)turn(client, &to_client, &to_server, 65535);
        status = turn(server, &to_server, &to_client, 65535);
    }
    CHECK(status == OSSUARY_ERR_OTHER);
    CHECK(ossuary_last_error_code(server) == OSSUARY_ERR_NOT_AUTHORIZED);
    CHECK(strstr(ossuary_last_error(server), "not authorized") != NULL);
    ossuary_destroy_connection(&client);
    ossuary_destroy_connection(&server);
}

int main(void) {
    static const uint16_t pieces[] = {1, 7, 100, 1500, 65535};
    for (size_t index = 0; index < 5; index++) {
        handshake_in_pieces(pieces[index]);
    }
    several_in_a_buffer();
    not_authorized();
    return 0;
}
