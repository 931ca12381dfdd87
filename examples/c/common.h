/*
 * What the examples share: keys in hex, and a channel over a socket that does not block.
 */
#ifndef COMMON_H
#define COMMON_H

#include <ossuary.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The length of an Ed25519 public key, in bytes. */
#define PUBLIC_KEY_SIZE 32

/* Says on standard error what failed and why: with the status, and the text of the call. */
void complain(const char *what, ossuary_status_t status, const char *text);

/* Reads the 2 * `len` digits that `hex` has to be: 1, or 0 where it is something else. */
int from_hex(const char *hex, uint8_t *bytes, size_t len);
void print_hex(FILE *file, const uint8_t *bytes, size_t len);

/* Reads a secret key file as keygen writes it, which only its owner may be able to read: 1, or 0
 * after it has said why not. Wipe the key when it is not needed any more. */
int read_key_file(const char *path, uint8_t secret[OSSUARY_SECRET_KEY_SIZE]);

/* Milliseconds of a clock that does not go back. */
uint64_t now_ms(void);

/* One end of a channel over a stream socket. Its functions never wait. */
struct line {
    int fd;
    OssuaryConnection *connection;
    /* What has come and is not taken yet: from `in_start` to `in_end`. */
    uint8_t in[OSSUARY_MAX_PACKET];
    size_t in_start, in_end;
    /* What is to go out. A packet is taken only where there is room for an answer to it. */
    uint8_t out[2 * OSSUARY_MAX_PACKET];
    size_t out_start, out_end;
    /* The peer will send nothing more; it takes nothing more. */
    int ended, cut;
    /* The channel is over; the socket is closed at this time at the latest. */
    int leaving;
    uint64_t leave_by;
};

/* Makes a line of a socket and a connection, which are its own from then on; null, and both are
 * given up, where that cannot be done. */
struct line *line_open(int fd, OssuaryConnection *connection);
/* Closes the socket, frees the connection, wipes what had come. */
void line_close(struct line *line);

/* What `poll` is to wait for, and for how many milliseconds at most; -1 is for ever. */
struct pollfd line_poll(const struct line *line);
int line_timeout(const struct line *line);

/* Call it when `poll` has returned, whatever it found: tells the time, reads what has come. */
ossuary_status_t line_wake(struct line *line);

/* Takes the next packet that has come, and sends whatever the protocol has to send. With
 * OSSUARY_EVENT_NEED_BYTES and OSSUARY_EVENT_NOT_YET there is nothing to do but to wait. The
 * plaintext of a record is valid until line_wake. After an error the line is to be left. */
ossuary_status_t line_next(struct line *line, ossuary_received_t *received);

/* Whether a record of so many bytes can be sealed now, and packets be taken nevertheless: who
 * seals more can come to wait for a peer that waits for him. */
int line_has_room(struct line *line, size_t plaintext_len);
ossuary_status_t line_seal(struct line *line, const uint8_t *plaintext, size_t len);

/* Begins to leave: what is to go out goes out, and the peer gets some time to take it. */
void line_leave(struct line *line);
/* Goes on with leaving, when `poll` has returned: 1 when the line can be closed. */
int line_left(struct line *line);

#ifdef __cplusplus
}
#endif

#endif
