/*
 * Sends every record back as it came, to any number of clients at once: one thread, sockets that
 * do not block, and poll.
 */
#define _POSIX_C_SOURCE 200809L

#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 64
#define NAME_SIZE 80
/* How long no connection is taken when the system has no resources for one. */
#define BREATH_MS 100

static const char USAGE[] =
    "Serves connections, and sends every record back as it came.\n"
    "\n"
    "  echo_server (-A | -a PUBLIC_KEY ...) [-k FILE] [-l HOST] [-p PORT] [-n COUNT]\n"
    "\n"
    "  -A             let in every client, anonymous ones too\n"
    "  -a PUBLIC_KEY  let in the client with this Ed25519 public key, 64 hex digits\n"
    "  -k FILE        the server's secret key, as keygen writes it; otherwise a fresh one\n"
    "  -l HOST        the address to listen on; 127.0.0.1 without it\n"
    "  -p PORT        the port to listen on; without it, any free one\n"
    "  -n COUNT       end after so many connections; without it, never\n";

struct client {
    struct line *line;
    char name[NAME_SIZE];
};

/* ---- Setting up ---- */

/* Gives the server its host key, and shows the public half: clients have to know it. */
static int set_host_key(OssuaryConfig *config, const char *file) {
    uint8_t secret[OSSUARY_SECRET_KEY_SIZE];
    uint8_t public_key[PUBLIC_KEY_SIZE];
    char fingerprint[OSSUARY_FINGERPRINT_SIZE];
    size_t len;
    ossuary_status_t status;

    if (file == NULL) {
        status = ossuary_generate_key(OSSUARY_ED25519, secret, public_key, sizeof public_key, &len);
    } else {
        if (!read_key_file(file, secret)) {
            return 0;
        }
        status = ossuary_public_key(OSSUARY_ED25519, secret, public_key, sizeof public_key, &len);
    }
    if (status == OSSUARY_OK) {
        status = ossuary_fingerprint(OSSUARY_ED25519, public_key, len, fingerprint);
    }
    if (status != OSSUARY_OK) {
        complain("the host key", status, ossuary_last_error(NULL));
    } else {
        status = ossuary_config_add_secret_key(config, OSSUARY_ED25519, secret, sizeof secret);
        if (status != OSSUARY_OK) {
            complain("the host key", status, ossuary_config_last_error(config));
        }
    }
    ossuary_wipe(secret, sizeof secret);
    if (status != OSSUARY_OK) {
        return 0;
    }
    printf("public key   ");
    print_hex(stdout, public_key, len);
    printf("\nfingerprint  %s\n", fingerprint);
    return 1;
}

/* The name of an address, as "127.0.0.1:7000". */
static void name_of(const struct sockaddr *address, socklen_t len, char name[NAME_SIZE]) {
    char host[NAME_SIZE - 10], port[8];
    int failed = getnameinfo(address, len, host, sizeof host, port, sizeof port,
                             NI_NUMERICHOST | NI_NUMERICSERV);

    if (failed != 0) {
        strcpy(name, "somebody");
    } else {
        snprintf(name, NAME_SIZE, strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s", host, port);
    }
}

/* A socket that listens; -1 after it has said why there is none. */
static int listen_on(const char *host, const char *port) {
    struct addrinfo hints;
    struct addrinfo *found;
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    char name[NAME_SIZE];
    int listener, yes = 1, failed;

    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    failed = getaddrinfo(host, port, &hints, &found);
    if (failed != 0) {
        fprintf(stderr, "%s: %s\n", host, gai_strerror(failed));
        return -1;
    }
    listener = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (listener < 0 || fcntl(listener, F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(listener, F_SETFL, O_NONBLOCK) != 0 ||
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(listener, found->ai_addr, found->ai_addrlen) != 0 ||
        listen(listener, MAX_CLIENTS) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0) {
        perror("cannot listen");
        if (listener >= 0) {
            close(listener);
        }
        listener = -1;
    } else {
        name_of((struct sockaddr *)&address, len, name);
        printf("listening    %s\n", name);
    }
    freeaddrinfo(found);
    return listener;
}

/* ---- Serving ---- */

/* Takes a connection that waits, into a free place: 1, or 0 where none does. -1 where the system
 * has no resources for it. */
static int take(int listener, OssuaryConfig *config, struct client *client) {
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    OssuaryConnection *connection;
    ossuary_status_t status;
    int yes = 1;
    int fd = accept(listener, (struct sockaddr *)&address, &len);

    if (fd < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ECONNABORTED) {
            return 0;
        }
        perror("a connection was not taken");
        return -1;
    }
    name_of((struct sockaddr *)&address, len, client->name);
    /* A packet is written at once, and is not to wait for the next. Without it all works too. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    status = ossuary_create_connection_with(config, &connection);
    if (status != OSSUARY_OK) {
        complain("a connection", status, ossuary_config_last_error(config));
        close(fd);
        return -1;
    }
    client->line = line_open(fd, connection);
    return client->line != NULL ? 1 : -1;
}

/* One line about a conversation that is over. */
static void report(const struct client *client, ossuary_status_t status) {
    OssuaryConnection *connection = client->line->connection;
    unsigned long long records = ossuary_records_received(connection);

    if (status == OSSUARY_ERR_CONNECTION_CLOSED) {
        printf("%s  %llu records, closed in good order\n", client->name, records);
    } else {
        printf("%s  %llu records, %s: %s\n", client->name, records, ossuary_error_name(status),
               ossuary_last_error(connection));
    }
    fflush(stdout);
}

/* After a recovery the channel is as good as before, but echoes that were on their way are lost.
 * The client counts those it did not get, and sends again. */
static ossuary_status_t note_loss(const struct client *client) {
    ossuary_delivery_t delivery;
    int32_t present;
    ossuary_status_t status = ossuary_take_delivery(client->line->connection, &delivery, &present);

    if (status == OSSUARY_OK && present && delivery.sent > delivery.received) {
        fprintf(stderr, "%s: %llu echoes were lost\n", client->name,
                (unsigned long long)(delivery.sent - delivery.received));
    }
    return status;
}

/* Answers what has come; OSSUARY_OK where the conversation goes on. */
static ossuary_status_t answer(struct client *client) {
    ossuary_received_t received;
    ossuary_status_t status = line_wake(client->line);

    while (status == OSSUARY_OK) {
        status = line_next(client->line, &received);
        if (status != OSSUARY_OK) {
            break;
        }
        switch (received.event) {
        case OSSUARY_EVENT_NEED_BYTES:
        case OSSUARY_EVENT_NOT_YET:
            return OSSUARY_OK;
        case OSSUARY_EVENT_OPEN:
            status = note_loss(client);
            break;
        case OSSUARY_EVENT_RECORD:
            /* line_next has seen to it that there is room. */
            status = line_seal(client->line, received.plaintext, received.plaintext_len);
            break;
        case OSSUARY_EVENT_RESET:
            if (ossuary_last_reset(client->line->connection, NULL) != OSSUARY_OK) {
                fprintf(stderr, "%s: %s\n", client->name,
                        ossuary_last_error(client->line->connection));
            }
            break;
        case OSSUARY_EVENT_CLOSED:
            status = OSSUARY_ERR_CONNECTION_CLOSED;
            break;
        default:
            break;
        }
    }
    return status;
}

/* Goes on with a client: 1 when it is gone. */
static int turn(struct client *client) {
    ossuary_status_t status;

    if (client->line->leaving) {
        return line_left(client->line);
    }
    status = answer(client);
    if (status != OSSUARY_OK) {
        report(client, status);
        line_leave(client->line);
    }
    return 0;
}

static int serve(int listener, OssuaryConfig *config, long count) {
    static struct client clients[MAX_CLIENTS];
    struct pollfd polled[MAX_CLIENTS + 1];
    int used = 0, breath = 0;

    while (count != 0 || used > 0) {
        int timeout = breath ? BREATH_MS : -1;
        int at;

        for (at = 0; at < used; at++) {
            int due = line_timeout(clients[at].line);

            polled[at] = line_poll(clients[at].line);
            if (due >= 0 && (timeout < 0 || due < timeout)) {
                timeout = due;
            }
        }
        polled[used].fd = count != 0 && used < MAX_CLIENTS && !breath ? listener : -1;
        polled[used].events = POLLIN;
        polled[used].revents = 0;
        if (poll(polled, (nfds_t)used + 1, timeout) < 0 && errno != EINTR) {
            perror("poll");
            return 0;
        }
        breath = 0;
        if (polled[used].revents != 0) {
            int taken = take(listener, config, &clients[used]);

            breath = taken < 0;
            if (taken > 0) {
                used++;
                count -= count > 0;
            }
        }
        for (at = used; at-- > 0;) {
            if (turn(&clients[at])) {
                line_close(clients[at].line);
                clients[at] = clients[--used];
            }
        }
    }
    return 1;
}

int main(int argc, char **argv) {
    OssuaryConfig *config = ossuary_create_config(OSSUARY_SERVER);
    const char *host = "127.0.0.1", *port = "0", *key_file = NULL;
    uint8_t client_key[PUBLIC_KEY_SIZE];
    struct sigaction ignore;
    long count = -1;
    int anyone = 0, authorized = 0, wrong = 0, done = 0, option, listener;
    ossuary_status_t status = OSSUARY_OK;

    if (config == NULL) {
        complain("a configuration", ossuary_last_error_code(NULL), ossuary_last_error(NULL));
        return EXIT_FAILURE;
    }
    while (status == OSSUARY_OK && (option = getopt(argc, argv, "Aa:k:l:p:n:h")) != -1) {
        switch (option) {
        case 'A':
            anyone = 1;
            break;
        case 'a':
            if (!from_hex(optarg, client_key, sizeof client_key)) {
                fprintf(stderr, "%s is no public key of 64 hex digits\n", optarg);
                wrong = 1;
                break;
            }
            authorized = 1;
            status =
                ossuary_config_authorize(config, OSSUARY_ED25519, client_key, sizeof client_key);
            break;
        case 'k':
            key_file = optarg;
            break;
        case 'l':
            host = optarg;
            break;
        case 'p':
            port = optarg;
            break;
        case 'n':
            count = strtol(optarg, NULL, 10);
            wrong |= count <= 0;
            break;
        case 'h':
            fputs(USAGE, stdout);
            ossuary_destroy_config(&config);
            return EXIT_SUCCESS;
        default:
            wrong = 1;
        }
    }
    if (wrong || anyone == authorized || optind != argc) {
        fputs(USAGE, stderr);
        ossuary_destroy_config(&config);
        return 2;
    }
    if (status == OSSUARY_OK && anyone) {
        status = ossuary_config_set_trust(config, OSSUARY_TRUST_ANYONE);
    }

    /* A client that goes away is told by `write`. */
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    if (status != OSSUARY_OK) {
        complain("the configuration", status, ossuary_config_last_error(config));
    } else if (sigaction(SIGPIPE, &ignore, NULL) != 0) {
        perror("sigaction");
    } else if (set_host_key(config, key_file) && (listener = listen_on(host, port)) >= 0) {
        fflush(stdout);
        done = serve(listener, config, count);
        close(listener);
    }
    ossuary_destroy_config(&config);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
