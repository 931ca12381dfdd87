/* One end of a conversation over a real socket: `peer server` prints its port and waits for one
 * client, `peer client PORT` is that. Each prints the bytes that both export. */

#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    OssuaryConnection *conn;
    int stream;
    uint8_t in[OSSUARY_MAX_PACKET];
    size_t have;
    uint8_t out[OSSUARY_MAX_PACKET];
} end;

static void write_all(int stream, const uint8_t *bytes, size_t len) {
    while (len > 0) {
        ssize_t written = write(stream, bytes, len);
        CHECK(written > 0);
        bytes += written;
        len -= (size_t)written;
    }
}

/* Writes all that the protocol has to send. */
static void flush(end *self) {
    size_t len = 0;
    do {
        OK(ossuary_send(self->conn, self->out, sizeof self->out, &len));
        write_all(self->stream, self->out, len);
    } while (len > 0);
}

/* Takes what was received last out of the buffer. */
static void done_with(end *self, size_t consumed) {
    self->have -= consumed;
    memmove(self->in, self->in + consumed, self->have);
}

/* Goes on until there is an event of this kind, which is left in the buffer. */
static void until(end *self, ossuary_event_t event, ossuary_received_t *received) {
    for (;;) {
        flush(self);
        OK(ossuary_receive(self->conn, self->in, self->have, received));
        if (received->event == event) {
            return;
        }
        done_with(self, received->consumed);
        if (received->event == OSSUARY_EVENT_NEED_BYTES) {
            CHECK(received->need <= sizeof self->in - self->have);
            ssize_t more = read(self->stream, self->in + self->have, sizeof self->in - self->have);
            CHECK(more > 0);
            self->have += (size_t)more;
        } else {
            CHECK(received->event == OSSUARY_EVENT_PROGRESS ||
                  received->event == OSSUARY_EVENT_OPEN);
        }
    }
}

static void seal(end *self, const uint8_t *plaintext, size_t len) {
    size_t written = 0;
    OK(ossuary_seal(self->conn, plaintext, len, self->out, sizeof self->out, &written));
    write_all(self->stream, self->out, written);
}

static void print_exported(end *self) {
    uint8_t exported[16];
    OK(ossuary_export_keying_material(self->conn, (const uint8_t *)"matrix", 6, NULL, 0, exported,
                                      sizeof exported));
    for (size_t index = 0; index < sizeof exported; index++) {
        printf("%02x", exported[index]);
    }
    printf("\n");
}

static const size_t SIZES[] = {0, 1, 16384, 65519};

static void client_talks(end *self) {
    static uint8_t plaintext[OSSUARY_MAX_PLAINTEXT];
    ossuary_received_t received;
    for (size_t index = 0; index < sizeof plaintext; index++) {
        plaintext[index] = (uint8_t)(index % 251);
    }
    for (size_t index = 0; index < 4; index++) {
        seal(self, plaintext, SIZES[index]);
        until(self, OSSUARY_EVENT_RECORD, &received);
        CHECK(received.plaintext_len == SIZES[index]);
        CHECK(memcmp(received.plaintext, plaintext, SIZES[index]) == 0);
        done_with(self, received.consumed);
        OK(ossuary_rekey(self->conn));
    }
    size_t len = 0;
    OK(ossuary_seal_padded(self->conn, plaintext, 6, 1000, self->out, sizeof self->out, &len));
    write_all(self->stream, self->out, len);
    until(self, OSSUARY_EVENT_RECORD, &received);
    CHECK(received.plaintext_len == 6 && memcmp(received.plaintext, plaintext, 6) == 0);
    done_with(self, received.consumed);
    print_exported(self);
    OK(ossuary_disconnect(self->conn, 0));
    flush(self);
}

static void server_talks(end *self) {
    ossuary_received_t received;
    for (int records = 0; records < 5; records++) {
        until(self, OSSUARY_EVENT_RECORD, &received);
        seal(self, received.plaintext, received.plaintext_len);
        done_with(self, received.consumed);
    }
    print_exported(self);
    until(self, OSSUARY_EVENT_CLOSED, &received);
    OK(ossuary_end_of_stream(self->conn));
}

int main(int count, char **arguments) {
    static end self;
    CHECK(count >= 2);
    int is_server = strcmp(arguments[1], "server") == 0;
    pair both = new_pair();
    self.conn = is_server ? both.server : both.client;
    self.stream = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(self.stream >= 0);
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (is_server) {
        socklen_t len = sizeof address;
        int listener = self.stream;
        CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
        CHECK(listen(listener, 1) == 0);
        CHECK(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
        printf("%d\n", ntohs(address.sin_port));
        fflush(stdout);
        self.stream = accept(listener, NULL, NULL);
        CHECK(self.stream >= 0);
        close(listener);
        server_talks(&self);
    } else {
        CHECK(count == 3);
        address.sin_port = htons((uint16_t)atoi(arguments[2]));
        CHECK(connect(self.stream, (struct sockaddr *)&address, sizeof address) == 0);
        ossuary_received_t received;
        while (ossuary_state(self.conn) != OSSUARY_STATE_OPEN) {
            flush(&self);
            if (ossuary_state(self.conn) == OSSUARY_STATE_OPEN) {
                break;
            }
            until(&self, OSSUARY_EVENT_PROGRESS, &received);
            done_with(&self, received.consumed);
        }
        client_talks(&self);
    }
    close(self.stream);
    end_pair(&both);
    return 0;
}
