/* Two threads on two halves; and calls of two threads on one object. */

#define OSSUARY_NO_NONNULL
#include "check.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECORDS 2000

/* One end: a connection that receives, a half that sends, and a stream. */
typedef struct {
    OssuaryConnection *conn;
    OssuarySender *sender;
    int stream;
    unsigned records;
} side;

static void write_all(int stream, const uint8_t *bytes, size_t len) {
    while (len > 0) {
        ssize_t written = write(stream, bytes, len);
        CHECK(written > 0);
        bytes += written;
        len -= (size_t)written;
    }
}

static void *sending(void *argument) {
    side *self = argument;
    uint8_t record[600];
    for (unsigned index = 0; index < RECORDS; index++) {
        size_t len = 0;
        size_t size = index % 500;
        memset(record, (int)(index % 256), sizeof record);
        if (index % 3 == 0) {
            OK(ossuary_sender_seal_in_place(self->sender, record, sizeof record, size, &len));
        } else {
            uint8_t text[500];
            memset(text, (int)(index % 256), sizeof text);
            if (index % 3 == 1) {
                OK(ossuary_sender_seal(self->sender, text, size, record, sizeof record, &len));
            } else {
                OK(ossuary_sender_seal_padded(self->sender, text, size, 520, record, sizeof record,
                                              &len));
                CHECK(len == 520 + OSSUARY_RECORD_OVERHEAD);
            }
        }
        if (index % 100 == 0) {
            OK(ossuary_sender_rekey(self->sender));
        }
        write_all(self->stream, record, len);
    }
    size_t len = 0;
    CHECK(ossuary_sender_records_sent(self->sender) == RECORDS);
    IS(OSSUARY_ERR_BUFFER_TOO_SMALL, ossuary_sender_close(self->sender, record, 5, &len));
    CHECK(len == OSSUARY_CLOSE_SIZE);
    OK(ossuary_sender_close(self->sender, record, sizeof record, &len));
    CHECK(len == OSSUARY_CLOSE_SIZE);
    write_all(self->stream, record, len);
    IS(OSSUARY_ERR_CONNECTION_CLOSED,
       ossuary_sender_seal(self->sender, record, 1, record + 100, 100, &len));
    CHECK(strlen(ossuary_sender_last_error(self->sender)) > 0);
    return NULL;
}

static void *receiving(void *argument) {
    side *self = argument;
    static const size_t size = 100000;
    uint8_t *buffer = malloc(size);
    CHECK(buffer != NULL);
    size_t have = 0;
    for (;;) {
        ossuary_received_t received;
        OK(ossuary_receive(self->conn, buffer, have, &received));
        if (received.event == OSSUARY_EVENT_CLOSED) {
            break;
        }
        if (received.event == OSSUARY_EVENT_NEED_BYTES) {
            ssize_t more = read(self->stream, buffer + have, size - have);
            CHECK(more > 0);
            have += (size_t)more;
            continue;
        }
        CHECK(received.event == OSSUARY_EVENT_RECORD);
        CHECK(received.plaintext_len == self->records % 500);
        for (size_t index = 0; index < received.plaintext_len; index++) {
            CHECK(received.plaintext[index] == (uint8_t)self->records);
        }
        self->records++;
        have -= received.consumed;
        memmove(buffer, buffer + received.consumed, have);
    }
    free(buffer);
    return NULL;
}

static void both_ways_at_once(void) {
    pair both = new_pair();
    open_pair(&both);
    int streams[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, streams) == 0);
    side sides[2] = {{both.client, NULL, streams[0], 0}, {both.server, NULL, streams[1], 0}};
    pthread_t threads[4];
    for (int index = 0; index < 2; index++) {
        OK(ossuary_split(sides[index].conn, &sides[index].sender));
        CHECK(pthread_create(&threads[index], NULL, sending, &sides[index]) == 0);
        CHECK(pthread_create(&threads[2 + index], NULL, receiving, &sides[index]) == 0);
    }
    for (int index = 0; index < 4; index++) {
        CHECK(pthread_join(threads[index], NULL) == 0);
    }
    for (int index = 0; index < 2; index++) {
        CHECK(sides[index].records == RECORDS);
        CHECK(ossuary_needs_join(sides[index].conn) == 1);
        OK(ossuary_join(sides[index].conn, &sides[index].sender));
        CHECK(sides[index].sender == NULL);
        CHECK(ossuary_state(sides[index].conn) == OSSUARY_STATE_CLOSED);
        close(streams[index]);
    }
    end_pair(&both);
}

/* What a connection whose half is elsewhere can do, and what not. */
static void halves(void) {
    pair both = new_pair();
    open_pair(&both);
    say(both.client, both.server, "whole");
    pair others = new_pair();
    open_pair(&others);
    OssuarySender *sender = NULL;
    OssuarySender *other = NULL;
    OssuarySender *second = NULL;
    uint8_t buffer[300];
    size_t len = 0;
    int32_t present = 0;
    ossuary_delivery_t delivery;
    ossuary_received_t received;
    OK(ossuary_split(both.client, &sender));
    IS(OSSUARY_ERR_SPLIT, ossuary_split(both.client, &second));
    CHECK(second == NULL);
    IS(OSSUARY_ERR_SPLIT, ossuary_seal(both.client, buffer, 1, buffer + 100, 100, &len));
    IS(OSSUARY_ERR_SPLIT, ossuary_seal_in_place(both.client, buffer, 100, 1, &len));
    IS(OSSUARY_ERR_SPLIT, ossuary_seal_padded(both.client, buffer, 1, 2, buffer + 100, 100, &len));
    IS(OSSUARY_ERR_SPLIT, ossuary_rekey(both.client));
    IS(OSSUARY_ERR_SPLIT, ossuary_send(both.client, buffer, sizeof buffer, &len));
    IS(OSSUARY_ERR_SPLIT, ossuary_disconnect(both.client, 0));
    IS(OSSUARY_ERR_SPLIT, ossuary_take_delivery(both.client, &delivery, &present));
    IS(OSSUARY_ERR_SPLIT, ossuary_decide(both.client, 1));
    CHECK(ossuary_flush(both.client, buffer, sizeof buffer) == OSSUARY_ERR_OTHER);
    CHECK(ossuary_last_error_code(both.client) == OSSUARY_ERR_SPLIT);
    CHECK(ossuary_state(both.client) == OSSUARY_STATE_OPEN);
    CHECK(ossuary_needs_join(both.client) == 0);
    CHECK(ossuary_send_len(both.client) == 0);
    OK(ossuary_advance(both.client, 1, NULL));
    OK(ossuary_channel_binding(both.client, buffer, sizeof buffer, &len));
    CHECK(ossuary_records_sent(both.client) == 1);
    CHECK(ossuary_sender_records_sent(sender) == 1);

    /* A half of another channel is refused, and nothing is lost. */
    OK(ossuary_split(others.client, &other));
    IS(OSSUARY_ERR_FOREIGN_HALF, ossuary_join(both.client, &other));
    CHECK(other != NULL);
    OK(ossuary_join(others.client, &other));
    say(others.client, others.server, "whole again");
    IS(OSSUARY_ERR_NOT_OPEN, ossuary_join(others.client, &sender));

    /* A damaged record: the halves are joined, and the channel recovers. */
    OK(ossuary_sender_seal(sender, (const uint8_t *)"lost", 4, buffer, sizeof buffer, &len));
    buffer[len - 1] ^= 1;
    OK(ossuary_receive(both.server, buffer, len, &received));
    CHECK(received.event == OSSUARY_EVENT_RESET);
    OK(ossuary_send(both.server, buffer, sizeof buffer, &len));
    OK(ossuary_receive(both.client, buffer, len, &received));
    CHECK(received.event == OSSUARY_EVENT_RESET);
    CHECK(ossuary_needs_join(both.client) == 1);
    OK(ossuary_receive(both.client, buffer, 0, &received));
    CHECK(received.event == OSSUARY_EVENT_NOT_YET);
    OK(ossuary_join(both.client, &sender));
    CHECK(ossuary_needs_join(both.client) == 0);
    open_pair(&both);
    OK(ossuary_take_delivery(both.client, &delivery, &present));
    CHECK(present == 1 && delivery.sent == 2 && delivery.received == 1);
    say(both.client, both.server, "whole again");

    /* A half that is thrown away: the rest can still receive. */
    OK(ossuary_split(both.client, &sender));
    ossuary_destroy_sender(&sender);
    CHECK(sender == NULL);
    say(both.server, both.client, "to a half");
    end_pair(&both);
    end_pair(&others);
}

/* Many threads on one connection: each call is done, or refused. */
typedef struct {
    OssuaryConnection *conn;
    unsigned done;
    unsigned refused;
} crowd;

static void *crowded(void *argument) {
    crowd *self = argument;
    uint8_t record[100];
    for (int turn = 0; turn < 5000; turn++) {
        size_t len = 0;
        ossuary_status_t status =
            ossuary_seal(self->conn, (const uint8_t *)"text", 4, record, sizeof record, &len);
        if (status == OSSUARY_OK) {
            self->done++;
        } else {
            CHECK(status == OSSUARY_ERR_BUSY);
            self->refused++;
        }
    }
    return NULL;
}

static void one_at_a_time(void) {
    pair both = new_pair();
    open_pair(&both);
    crowd crowds[4];
    pthread_t threads[4];
    unsigned done = 0;
    for (int index = 0; index < 4; index++) {
        crowd fresh = {both.client, 0, 0};
        crowds[index] = fresh;
        CHECK(pthread_create(&threads[index], NULL, crowded, &crowds[index]) == 0);
    }
    for (int index = 0; index < 4; index++) {
        CHECK(pthread_join(threads[index], NULL) == 0);
        CHECK(crowds[index].done + crowds[index].refused == 5000);
        done += crowds[index].done;
    }
    CHECK(ossuary_records_sent(both.client) == done && done > 0);
    end_pair(&both);
}

int main(void) {
    both_ways_at_once();
    halves();
    one_at_a_time();
    return 0;
}
