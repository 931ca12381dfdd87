/*
 * Sends what comes in to a server that sends it back, and writes out what comes back. Nothing is
 * lost where bytes are damaged on the way: what has no echo yet is sent again.
 */
#define _POSIX_C_SOURCE 200809L

#include "common.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How much goes into a record, in bytes, and how many records may wait for their echoes. */
#define RECORD_LEN 16384
#define WINDOW 8

static const char USAGE[] =
    "Sends standard input to an echo server, and writes what comes back to standard output.\n"
    "\n"
    "  echo_client [-s PUBLIC_KEY] [-k FILE] HOST PORT\n"
    "\n"
    "  -s PUBLIC_KEY  the server's Ed25519 public key, 64 hex digits; without it, its\n"
    "                 fingerprint is shown and asked about on the terminal\n"
    "  -k FILE        the client's secret key, as keygen writes it; without it, the client is\n"
    "                 anonymous\n";

struct record {
    size_t len;
    uint8_t bytes[RECORD_LEN];
};

struct client {
    struct line *line;
    /* What has no echo yet, in a ring; the first `sealed` of them are sent on this channel. */
    struct record window[WINDOW];
    size_t first, count, sealed;
    /* Whether the channel was open when it was looked at last. */
    int open;
    /* There is no more input. */
    int all_read;
};

static struct record *record_at(struct client *client, size_t at) {
    return &client->window[(client->first + at) % WINDOW];
}

/* Shows the server's key to a person, who decides. */
static int is_trusted(OssuaryConnection *connection) {
    uint8_t key[OSSUARY_MAX_PUBLIC_KEY_SIZE];
    char fingerprint[OSSUARY_FINGERPRINT_SIZE], said[8] = "";
    size_t len;
    ossuary_scheme_t scheme;
    FILE *terminal;
    int trusted;

    if (ossuary_undecided_peer(connection, &scheme, key, sizeof key, &len) != OSSUARY_OK ||
        ossuary_fingerprint(scheme, key, len, fingerprint) != OSSUARY_OK) {
        return 0;
    }
    terminal = fopen("/dev/tty", "r+");
    if (terminal == NULL) {
        fprintf(stderr, "the server's key is %s, and nobody is here to ask about it: give -s\n",
                fingerprint);
        return 0;
    }
    fprintf(terminal, "The server's key is %s. Trust it? (yes or no) ", fingerprint);
    fflush(terminal);
    trusted = fgets(said, sizeof said, terminal) != NULL && strcmp(said, "yes\n") == 0;
    fclose(terminal);
    return trusted;
}

/* Takes an echo: it has to be that of the first record that waits for one. */
static int take_echo(struct client *client, const uint8_t *echo, size_t len) {
    struct record *sent = record_at(client, 0);

    if (client->sealed == 0 || len != sent->len || memcmp(echo, sent->bytes, len) != 0) {
        fputs("the server sent something else than an echo\n", stderr);
        return 0;
    }
    client->first = (client->first + 1) % WINDOW;
    client->count--;
    client->sealed--;
    if (fwrite(echo, 1, len, stdout) != len || fflush(stdout) != 0) {
        perror("standard output");
        return 0;
    }
    return 1;
}

/* Sends what is to be sent on an open channel. */
static ossuary_status_t send_records(struct client *client) {
    OssuaryConnection *connection = client->line->connection;
    ossuary_status_t status = OSSUARY_OK;
    int was_open = client->open;

    /* A client's channel is open when it has sent its last packet of the handshake. */
    client->open = ossuary_state(connection) == OSSUARY_STATE_OPEN;
    if (!client->open) {
        return OSSUARY_OK;
    }
    if (!was_open) {
        ossuary_delivery_t delivery;
        int32_t present;

        status = ossuary_take_delivery(connection, &delivery, &present);
        if (status == OSSUARY_OK && present) {
            fprintf(stderr, "the channel was recovered: %llu of %llu records had arrived\n",
                    (unsigned long long)delivery.received, (unsigned long long)delivery.sent);
        }
        /* Echoes of before do not come any more: all is sent again that has none. */
        client->sealed = 0;
    }
    while (status == OSSUARY_OK && client->sealed < client->count &&
           line_has_room(client->line, RECORD_LEN)) {
        struct record *record = record_at(client, client->sealed);

        status = line_seal(client->line, record->bytes, record->len);
        if (status == OSSUARY_OK) {
            client->sealed++;
        }
    }
    if (status == OSSUARY_OK && client->all_read && client->count == 0) {
        status = ossuary_disconnect(connection, 0);
    }
    return status;
}

/* Deals with what has come. OSSUARY_ERR_CONNECTION_CLOSED is the end in good order. */
static ossuary_status_t turn(struct client *client) {
    OssuaryConnection *connection = client->line->connection;
    ossuary_received_t received;
    ossuary_status_t status = line_wake(client->line);

    while (status == OSSUARY_OK) {
        /* After each step: what it may have opened, or closed. */
        status = send_records(client);
        if (status == OSSUARY_OK) {
            status = line_next(client->line, &received);
        }
        if (status != OSSUARY_OK) {
            break;
        }
        switch (received.event) {
        case OSSUARY_EVENT_NEED_BYTES:
        case OSSUARY_EVENT_NOT_YET:
            /* line_next may have sent what opens the channel. */
            if (ossuary_state(connection) == OSSUARY_STATE_OPEN && !client->open) {
                break;
            }
            return OSSUARY_OK;
        case OSSUARY_EVENT_UNDECIDED:
            status = ossuary_decide(connection, is_trusted(connection));
            break;
        case OSSUARY_EVENT_RECORD:
            if (!take_echo(client, received.plaintext, received.plaintext_len)) {
                status = ossuary_disconnect(connection, 1);
            }
            break;
        case OSSUARY_EVENT_RESET:
            client->open = 0;
            if (ossuary_last_reset(connection, NULL) != OSSUARY_OK) {
                fprintf(stderr, "%s\n", ossuary_last_error(connection));
            }
            break;
        case OSSUARY_EVENT_CLOSED:
            fputs("the server closed the channel\n", stderr);
            status = ossuary_disconnect(connection, 1);
            break;
        default:
            break;
        }
    }
    return status;
}

/* Reads some of the input: 0 where it cannot be read. */
static int read_input(struct client *client) {
    struct record *record = record_at(client, client->count);
    ssize_t got = read(STDIN_FILENO, record->bytes, RECORD_LEN);

    if (got < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
            return 1;
        }
        perror("standard input");
        return 0;
    }
    record->len = (size_t)got;
    if (got > 0) {
        client->count++;
    } else {
        client->all_read = 1;
    }
    return 1;
}

/* The whole conversation: 1 where it ended in good order. */
static int converse(struct client *client) {
    OssuaryConnection *connection = client->line->connection;
    ossuary_status_t status = turn(client);

    while (!client->line->leaving || !line_left(client->line)) {
        int reading = !client->all_read && client->count < WINDOW && !client->line->leaving;
        struct pollfd polled[2];

        if (!client->line->leaving && status != OSSUARY_OK) {
            ossuary_status_t failed = ossuary_failure(connection, NULL);

            if (failed != OSSUARY_OK) {
                complain("the channel failed", failed, ossuary_last_error(connection));
            } else if (status != OSSUARY_ERR_CONNECTION_CLOSED) {
                complain("the channel", status, ossuary_last_error(connection));
            }
            line_leave(client->line);
            continue;
        }
        polled[0] = line_poll(client->line);
        polled[1].fd = reading ? STDIN_FILENO : -1;
        polled[1].events = POLLIN;
        polled[1].revents = 0;
        if (poll(polled, 2, line_timeout(client->line)) < 0 && errno != EINTR) {
            perror("poll");
            return 0;
        }
        if (client->line->leaving) {
            continue;
        }
        if (polled[1].revents != 0 && !read_input(client)) {
            status = ossuary_disconnect(connection, 1);
        }
        if (status == OSSUARY_OK) {
            status = turn(client);
        }
    }
    return ossuary_state(connection) == OSSUARY_STATE_CLOSED && client->all_read &&
           client->count == 0;
}

/* A socket that is connected; -1 after it has said why there is none. */
static int connect_to(const char *host, const char *port) {
    struct addrinfo hints;
    struct addrinfo *found, *at;
    int fd = -1, failed, yes = 1;

    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    failed = getaddrinfo(host, port, &hints, &found);
    if (failed != 0) {
        fprintf(stderr, "%s: %s\n", host, gai_strerror(failed));
        return -1;
    }
    for (at = found; at != NULL && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            failed = errno;
            close(fd);
            errno = failed;
            fd = -1;
        }
    }
    freeaddrinfo(found);
    if (fd < 0) {
        perror(host);
    } else {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    return fd;
}

/* The client's end: null after it has said why there is none. */
static OssuaryConnection *connection_with(const char *server_key, const char *key_file) {
    OssuaryConfig *config = ossuary_create_config(OSSUARY_CLIENT);
    OssuaryConnection *connection = NULL;
    uint8_t secret[OSSUARY_SECRET_KEY_SIZE], public_key[PUBLIC_KEY_SIZE];
    ossuary_status_t status = OSSUARY_OK;

    if (config == NULL) {
        complain("a configuration", ossuary_last_error_code(NULL), ossuary_last_error(NULL));
        return NULL;
    }
    if (server_key != NULL) {
        if (!from_hex(server_key, public_key, sizeof public_key)) {
            fprintf(stderr, "%s is no public key of 64 hex digits\n", server_key);
            ossuary_destroy_config(&config);
            return NULL;
        }
        status = ossuary_config_authorize(config, OSSUARY_ED25519, public_key, sizeof public_key);
        if (status == OSSUARY_OK) {
            status = ossuary_config_set_trust(config, OSSUARY_TRUST_AUTHORIZED);
        }
    }
    if (status == OSSUARY_OK && key_file != NULL) {
        if (!read_key_file(key_file, secret)) {
            ossuary_destroy_config(&config);
            return NULL;
        }
        status = ossuary_config_add_secret_key(config, OSSUARY_ED25519, secret, sizeof secret);
        ossuary_wipe(secret, sizeof secret);
    }
    if (status == OSSUARY_OK) {
        status = ossuary_create_connection_with(config, &connection);
    }
    if (status != OSSUARY_OK) {
        complain("a connection", status, ossuary_config_last_error(config));
    }
    ossuary_destroy_config(&config);
    return connection;
}

int main(int argc, char **argv) {
    static struct client client;
    const char *server_key = NULL, *key_file = NULL;
    OssuaryConnection *connection;
    struct sigaction ignore;
    int option, fd, done = 0;

    while ((option = getopt(argc, argv, "s:k:h")) != -1) {
        switch (option) {
        case 's':
            server_key = optarg;
            break;
        case 'k':
            key_file = optarg;
            break;
        case 'h':
            fputs(USAGE, stdout);
            return EXIT_SUCCESS;
        default:
            fputs(USAGE, stderr);
            return 2;
        }
    }
    if (argc - optind != 2) {
        fputs(USAGE, stderr);
        return 2;
    }
    /* A server that goes away is told by `write`. */
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    if (sigaction(SIGPIPE, &ignore, NULL) != 0) {
        perror("sigaction");
        return EXIT_FAILURE;
    }
    connection = connection_with(server_key, key_file);
    if (connection == NULL) {
        return EXIT_FAILURE;
    }
    fd = connect_to(argv[optind], argv[optind + 1]);
    if (fd < 0) {
        ossuary_destroy_connection(&connection);
        return EXIT_FAILURE;
    }
    client.line = line_open(fd, connection);
    if (client.line != NULL) {
        done = converse(&client);
    }
    line_close(client.line);
    ossuary_wipe(&client, sizeof client);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
