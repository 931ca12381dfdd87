#define _POSIX_C_SOURCE 200809L

#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* How long a peer may take to read the end of a conversation, in milliseconds. */
#define LEAVING_MS 2000

void complain(const char *what, ossuary_status_t status, const char *text) {
    fprintf(stderr, "%s: %s%s%s\n", what, text, *text == '\0' ? "" : ": ",
            ossuary_error_name(status));
}

/* ---- Keys ---- */

static int digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

int from_hex(const char *hex, uint8_t *bytes, size_t len) {
    size_t at;

    for (at = 0; at < len; at++) {
        int high = digit(hex[2 * at]);
        int low = high < 0 ? -1 : digit(hex[2 * at + 1]);

        if (low < 0) {
            return 0;
        }
        bytes[at] = (uint8_t)(high << 4 | low);
    }
    return hex[2 * len] == '\0';
}

void print_hex(FILE *file, const uint8_t *bytes, size_t len) {
    size_t at;

    for (at = 0; at < len; at++) {
        fprintf(file, "%02x", bytes[at]);
    }
}

int read_key_file(const char *path, uint8_t secret[OSSUARY_SECRET_KEY_SIZE]) {
    /* The digits, the end of the line, and one byte that must not be there. */
    char text[2 * OSSUARY_SECRET_KEY_SIZE + 2];
    size_t len = 0;
    ssize_t got = -1;
    struct stat about;
    const char *problem = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0 || fstat(file, &about) != 0) {
        problem = strerror(errno);
    } else if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        problem = "others can read it: chmod 600 it";
    } else {
        while (len < sizeof text && ((got = read(file, text + len, sizeof text - len)) > 0 ||
                                     (got < 0 && errno == EINTR))) {
            len += got > 0 ? (size_t)got : 0;
        }
        if (got < 0) {
            problem = strerror(errno);
        } else {
            if (len > 0 && text[len - 1] == '\n') {
                len--;
            }
            if (len < sizeof text) {
                text[len] = '\0';
            }
            if (len != 2 * OSSUARY_SECRET_KEY_SIZE ||
                !from_hex(text, secret, OSSUARY_SECRET_KEY_SIZE)) {
                problem = "it has to hold an Ed25519 secret key, 64 hex digits";
            }
        }
    }
    if (file >= 0) {
        close(file);
    }
    ossuary_wipe(text, sizeof text);
    if (problem != NULL) {
        ossuary_wipe(secret, OSSUARY_SECRET_KEY_SIZE);
        fprintf(stderr, "the key file %s: %s\n", path, problem);
    }
    return problem == NULL;
}

/* ---- Lines ---- */

uint64_t now_ms(void) {
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        perror("clock_gettime");
        abort();
    }
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct line *line_open(int fd, OssuaryConnection *connection) {
    struct line *line = calloc(1, sizeof *line);
    int flags = fcntl(fd, F_GETFL);
    ossuary_status_t status = OSSUARY_OK;

    if (line == NULL || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        perror("a line");
    } else {
        line->fd = fd;
        line->connection = connection;
        /* What is waited for from now on is timed. */
        status = ossuary_advance(connection, now_ms(), NULL);
        if (status == OSSUARY_OK) {
            return line;
        }
        complain("a line", status, ossuary_last_error(connection));
    }
    free(line);
    close(fd);
    ossuary_destroy_connection(&connection);
    return NULL;
}

void line_close(struct line *line) {
    if (line == NULL) {
        return;
    }
    close(line->fd);
    ossuary_destroy_connection(&line->connection);
    ossuary_wipe(line, sizeof *line);
    free(line);
}

/* The room behind what is to go out, which is moved to the front for it. */
static size_t room(struct line *line) {
    if (line->out_start > 0) {
        memmove(line->out, line->out + line->out_start, line->out_end - line->out_start);
        line->out_end -= line->out_start;
        line->out_start = 0;
    }
    return sizeof line->out - line->out_end;
}

/* Whether a packet may be taken: whatever it is, there is room for what follows from it. */
static int may_take(const struct line *line) {
    return line->out_end - line->out_start <= sizeof line->out - OSSUARY_MAX_PACKET;
}

struct pollfd line_poll(const struct line *line) {
    int writing = line->out_start < line->out_end && !line->cut;
    int reading = !line->ended && (line->leaving || may_take(line));
    struct pollfd wanted = {line->fd, 0, 0};

    wanted.events = (short)((reading ? POLLIN : 0) | (writing ? POLLOUT : 0));
    /* Of a socket that nothing is wanted of, `poll` would tell again and again that it ended. */
    if (wanted.events == 0) {
        wanted.fd = -1;
    }
    return wanted;
}

int line_timeout(const struct line *line) {
    uint64_t at = line->leaving ? line->leave_by : ossuary_deadline(line->connection);
    uint64_t now = now_ms();

    if (at == UINT64_MAX) {
        return -1;
    }
    if (at <= now) {
        return 0;
    }
    return at - now < 60000 ? (int)(at - now) : 60000;
}

/* Writes as much as the socket takes. A socket that takes nothing any more may still have
 * something to read: why the peer went. */
static void write_out(struct line *line) {
    while (line->out_start < line->out_end && !line->cut) {
        ssize_t written =
            write(line->fd, line->out + line->out_start, line->out_end - line->out_start);

        if (written >= 0) {
            line->out_start += (size_t)written;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (errno != EINTR) {
            line->cut = 1;
        }
    }
    line->out_start = line->out_end = 0;
}

/* Reads once, so that no peer holds up the others. */
static void read_in(struct line *line) {
    ssize_t got;

    if (line->in_start > 0) {
        memmove(line->in, line->in + line->in_start, line->in_end - line->in_start);
        line->in_end -= line->in_start;
        line->in_start = 0;
    }
    if (line->ended || line->in_end == sizeof line->in) {
        return;
    }
    got = read(line->fd, line->in + line->in_end, sizeof line->in - line->in_end);
    if (got > 0) {
        line->in_end += (size_t)got;
    } else if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
        line->ended = 1;
    }
}

/* Sends what the protocol has to send. */
static ossuary_status_t send_due(struct line *line) {
    ossuary_status_t status = OSSUARY_OK;

    while (status == OSSUARY_OK && ossuary_send_len(line->connection) > 0 &&
           room(line) >= OSSUARY_MAX_PACKET) {
        size_t len;

        status = ossuary_send(line->connection, line->out + line->out_end, room(line), &len);
        if (status != OSSUARY_OK || len == 0) {
            break;
        }
        line->out_end += len;
    }
    write_out(line);
    return status;
}

ossuary_status_t line_wake(struct line *line) {
    read_in(line);
    return ossuary_advance(line->connection, now_ms(), NULL);
}

ossuary_status_t line_next(struct line *line, ossuary_received_t *received) {
    static const ossuary_received_t nothing = {OSSUARY_EVENT_NOT_YET, 0, NULL, 0, 0};

    for (;;) {
        ossuary_status_t status = send_due(line);

        *received = nothing;
        if (status != OSSUARY_OK) {
            return status;
        }
        if (!may_take(line)) {
            return OSSUARY_OK;
        }
        status = ossuary_receive(line->connection, line->in + line->in_start,
                                 line->in_end - line->in_start, received);
        if (status != OSSUARY_OK) {
            return status;
        }
        line->in_start += received->consumed;
        if (received->event == OSSUARY_EVENT_NOT_YET && ossuary_send_len(line->connection) > 0) {
            continue;
        }
        if (received->event == OSSUARY_EVENT_NEED_BYTES && line->ended) {
            status = ossuary_end_of_stream(line->connection);
            return status == OSSUARY_OK ? OSSUARY_ERR_CONNECTION_CLOSED : status;
        }
        /* What follows from a packet goes out at once, and with the next one at the latest. */
        if (received->event != OSSUARY_EVENT_PROGRESS) {
            return OSSUARY_OK;
        }
    }
}

int line_has_room(struct line *line, size_t plaintext_len) {
    size_t len = ossuary_record_overhead(line->connection) + plaintext_len;

    return len + OSSUARY_MAX_PACKET <= room(line);
}

ossuary_status_t line_seal(struct line *line, const uint8_t *plaintext, size_t len) {
    size_t record_len;
    size_t size = room(line);
    ossuary_status_t status = ossuary_seal(line->connection, plaintext, len,
                                           line->out + line->out_end, size, &record_len);

    if (status == OSSUARY_OK) {
        line->out_end += record_len;
        write_out(line);
    }
    return status;
}

void line_leave(struct line *line) {
    ossuary_status_t status = send_due(line);

    if (status != OSSUARY_OK) {
        complain("the last packet", status, ossuary_last_error(line->connection));
    }
    line->leaving = 1;
    line->leave_by = now_ms() + LEAVING_MS;
}

int line_left(struct line *line) {
    write_out(line);
    /* The peer sees the end, and closes; who closes first, with something unread, would take
     * away from the peer what it has not read yet. */
    if (line->out_start == line->out_end && !line->cut) {
        if (shutdown(line->fd, SHUT_WR) != 0) {
            line->ended = 1;
        }
        line->cut = 1;
    }
    line->in_start = line->in_end = 0;
    read_in(line);
    return (line->ended && line->cut) || now_ms() >= line->leave_by;
}
