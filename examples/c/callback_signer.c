/*
 * A server whose host key is in another process, which signs when it has the time: as an HSM
 * does, or a person with a card. The key store is two callbacks; the one that signs answers that
 * the signature comes later, and the event loop brings it.
 *
 * The "HSM" here is a child process that has the key, and signs with ossuary_sign.
 */
#define _POSIX_C_SOURCE 200809L

#include "common.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SIGNATURE_SIZE 64
/* How long the "HSM" takes, in milliseconds. */
#define SIGNING_MS 200

static const char USAGE[] =
    "A handshake with a host key that another process has, and a record over the channel.\n"
    "\n"
    "  callback_signer\n";

/* ---- The "HSM" ---- */

/* Reads or writes all of it: 1, or 0 where the other side is gone. */
static int transfer(int fd, void *bytes, size_t len, int writing) {
    char *at = bytes;

    while (len > 0) {
        ssize_t done = writing ? write(fd, at, len) : read(fd, at, len);

        if (done <= 0) {
            if (done < 0 && errno == EINTR) {
                continue;
            }
            return 0;
        }
        at += done;
        len -= (size_t)done;
    }
    return 1;
}

/* Makes a key, tells its public half, and signs what is asked for, a message of a length and so
 * many bytes, until nobody asks any more. */
static int hsm(int fd) {
    static const struct timespec work = {0, SIGNING_MS * 1000000L};
    uint8_t secret[OSSUARY_SECRET_KEY_SIZE], public_key[PUBLIC_KEY_SIZE];
    uint8_t message[OSSUARY_MAX_SIGNED_SIZE], signature[SIGNATURE_SIZE], message_len;
    size_t len;
    ossuary_status_t status =
        ossuary_generate_key(OSSUARY_ED25519, secret, public_key, sizeof public_key, &len);
    int works = status == OSSUARY_OK && transfer(fd, public_key, sizeof public_key, 1);

    while (works && transfer(fd, &message_len, 1, 0)) {
        works = message_len <= sizeof message && transfer(fd, message, message_len, 0) &&
                nanosleep(&work, NULL) == 0;
        if (works) {
            status = ossuary_sign(OSSUARY_ED25519, secret, message, message_len, signature,
                                  sizeof signature, &len);
        }
        works = works && status == OSSUARY_OK && transfer(fd, signature, sizeof signature, 1);
    }
    ossuary_wipe(secret, sizeof secret);
    if (status != OSSUARY_OK) {
        complain("the signer", status, ossuary_last_error(NULL));
    }
    return works ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Starts it: its process, and in `fd` the socket to talk to it by; -1 where it does not start. */
static pid_t start_hsm(int *fd) {
    int ends[2];
    pid_t child;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
        return -1;
    }
    child = fork();
    if (child == 0) {
        close(ends[0]);
        _exit(hsm(ends[1]));
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
    }
    *fd = ends[0];
    return child;
}

/* ---- The key store ---- */

/* What the callbacks know. */
struct store {
    uint8_t public_key[PUBLIC_KEY_SIZE];
};

static ossuary_status_t identities(void *user_data, OssuaryIdentities *list) {
    struct store *store = user_data;

    return ossuary_identities_add(list, OSSUARY_ED25519, store->public_key,
                                  sizeof store->public_key);
}

/* The event loop asks the "HSM", as it knows which connection it is for. */
static ossuary_status_t sign(void *user_data, ossuary_role_t role, ossuary_scheme_t scheme,
                             const uint8_t *public_key, size_t public_key_len,
                             const uint8_t *message, size_t message_len, uint8_t *signature,
                             size_t signature_len) {
    (void)user_data, (void)role, (void)scheme, (void)public_key, (void)public_key_len;
    (void)message, (void)message_len, (void)signature, (void)signature_len;
    return OSSUARY_PENDING;
}

/* A signature that was asked for. */
struct asked {
    int fd;
    uint8_t message[OSSUARY_MAX_SIGNED_SIZE], len;
};

/* Asks for the signature that a connection waits for, where it is not asked for yet. */
static ossuary_status_t ask(struct asked *asked, OssuaryConnection *connection) {
    size_t len;
    ossuary_status_t status;

    if (asked->len > 0 || ossuary_state(connection) != OSSUARY_STATE_AWAITING_SIGNATURE) {
        return OSSUARY_OK;
    }
    status = ossuary_pending_signature(connection, asked->message, sizeof asked->message, &len);
    if (status != OSSUARY_OK) {
        complain("what is to be signed", status, ossuary_last_error(connection));
        return status;
    }
    asked->len = (uint8_t)len;
    if (!transfer(asked->fd, &asked->len, 1, 1) || !transfer(asked->fd, asked->message, len, 1)) {
        fputs("the signer is gone\n", stderr);
        return OSSUARY_ERR_KEY_BROKEN;
    }
    printf("the key store was asked, and will sign later\n");
    return OSSUARY_OK;
}

/* Brings the signature. */
static ossuary_status_t bring(struct asked *asked, OssuaryConnection *connection) {
    uint8_t signature[SIGNATURE_SIZE], pending[OSSUARY_MAX_SIGNED_SIZE];
    size_t len;
    ossuary_status_t status;

    if (!transfer(asked->fd, signature, sizeof signature, 0)) {
        fputs("the signer is gone\n", stderr);
        return OSSUARY_ERR_KEY_BROKEN;
    }
    status = ossuary_pending_signature(connection, pending, sizeof pending, &len);
    /* Meanwhile the channel may have been reset, and another message be pending, or none. */
    if (status == OSSUARY_OK && len == asked->len && memcmp(pending, asked->message, len) == 0) {
        status = ossuary_provide_signature(connection, signature, sizeof signature);
        printf("the signature was brought: %s\n", ossuary_error_name(status));
    }
    asked->len = 0;
    return status;
}

/* ---- The conversation ---- */

/* Deals with what has come to one side: OSSUARY_OK where the conversation goes on. */
static ossuary_status_t turn(struct line *line, const char *who) {
    ossuary_received_t received;
    ossuary_status_t status = line_wake(line);

    while (status == OSSUARY_OK) {
        status = line_next(line, &received);
        if (status != OSSUARY_OK || received.event == OSSUARY_EVENT_NEED_BYTES ||
            received.event == OSSUARY_EVENT_NOT_YET) {
            break;
        }
        if (received.event == OSSUARY_EVENT_RECORD) {
            printf("%s got \"%.*s\"\n", who, (int)received.plaintext_len,
                   (const char *)received.plaintext);
        }
        if (received.event == OSSUARY_EVENT_CLOSED) {
            status = OSSUARY_ERR_CONNECTION_CLOSED;
        }
    }
    if (status != OSSUARY_OK && status != OSSUARY_ERR_CONNECTION_CLOSED) {
        complain(who, status, ossuary_last_error(line->connection));
    }
    return status;
}

/* A handshake, a record, and a clean close: 1 where all of it was in good order. */
static int converse(struct line *client, struct line *server, int hsm_fd) {
    static const char RECORD[] = "a record";
    struct asked asked;
    ossuary_status_t status;

    asked.fd = hsm_fd;
    asked.len = 0;
    for (;;) {
        struct pollfd polled[3];
        int timeout, server_due;

        /* Before the first wait too: the client begins. */
        status = turn(client, "the client");
        if (status == OSSUARY_OK && ossuary_state(client->connection) == OSSUARY_STATE_OPEN) {
            status = line_seal(client, (const uint8_t *)RECORD, sizeof RECORD - 1);
            if (status == OSSUARY_OK) {
                status = ossuary_disconnect(client->connection, 0);
            }
            if (status == OSSUARY_OK) {
                status = turn(client, "the client");
            }
        }
        /* Closed by the client itself, which the server is to learn yet. */
        if (status != OSSUARY_OK && status != OSSUARY_ERR_CONNECTION_CLOSED) {
            return 0;
        }

        status = turn(server, "the server");
        if (status == OSSUARY_OK) {
            status = ask(&asked, server->connection);
        }
        if (status != OSSUARY_OK) {
            return status == OSSUARY_ERR_CONNECTION_CLOSED;
        }

        timeout = line_timeout(client);
        server_due = line_timeout(server);
        if (timeout < 0 || (server_due >= 0 && server_due < timeout)) {
            timeout = server_due;
        }
        polled[0] = line_poll(client);
        polled[1] = line_poll(server);
        polled[2].fd = asked.len > 0 ? hsm_fd : -1;
        polled[2].events = POLLIN;
        polled[2].revents = 0;
        if (poll(polled, 3, timeout) < 0 && errno != EINTR) {
            perror("poll");
            return 0;
        }
        if (polled[2].revents != 0 && bring(&asked, server->connection) != OSSUARY_OK) {
            return 0;
        }
    }
}

/* Both ends, the client's with the server's key authorized: 1, or 0 after it has said why not. */
static int connect_both(struct store *store, struct line **client, struct line **server) {
    OssuaryConfig *of_client = ossuary_create_config(OSSUARY_CLIENT);
    OssuaryConfig *of_server = ossuary_create_config(OSSUARY_SERVER);
    OssuaryConnection *client_end = NULL, *server_end = NULL;
    ossuary_status_t status = OSSUARY_ERR_OTHER;
    int ends[2];

    if (of_client != NULL && of_server != NULL) {
        status = ossuary_config_authorize(of_client, OSSUARY_ED25519, store->public_key,
                                          sizeof store->public_key);
    }
    if (status == OSSUARY_OK) {
        status = ossuary_create_connection_with(of_client, &client_end);
    }
    if (status != OSSUARY_OK) {
        complain("the client", status, ossuary_config_last_error(of_client));
    }
    if (status == OSSUARY_OK) {
        status = ossuary_config_set_trust(of_server, OSSUARY_TRUST_ANYONE);
        /* `store` outlives all that use it, so there is nothing to free. */
        if (status == OSSUARY_OK) {
            status = ossuary_config_set_key_callbacks(of_server, identities, sign, store, NULL);
        }
        if (status == OSSUARY_OK) {
            status = ossuary_create_connection_with(of_server, &server_end);
        }
        if (status != OSSUARY_OK) {
            complain("the server", status, ossuary_config_last_error(of_server));
        }
    }
    ossuary_destroy_config(&of_client);
    ossuary_destroy_config(&of_server);
    if (status == OSSUARY_OK && socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0) {
        *client = line_open(ends[0], client_end);
        *server = line_open(ends[1], server_end);
        return *client != NULL && *server != NULL;
    }
    ossuary_destroy_connection(&client_end);
    ossuary_destroy_connection(&server_end);
    return 0;
}

int main(int argc, char **argv) {
    static struct store store;
    struct line *client = NULL, *server = NULL;
    struct sigaction ignore;
    pid_t child;
    int hsm_fd, done, ended;

    (void)argv;
    if (argc != 1) {
        fputs(USAGE, stderr);
        return 2;
    }
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    if (sigaction(SIGPIPE, &ignore, NULL) != 0 || (child = start_hsm(&hsm_fd)) < 0) {
        perror("the signer");
        return EXIT_FAILURE;
    }
    done = transfer(hsm_fd, store.public_key, sizeof store.public_key, 0) &&
           connect_both(&store, &client, &server) && converse(client, server, hsm_fd);
    line_close(client);
    line_close(server);
    close(hsm_fd);
    if (waitpid(child, &ended, 0) != child || ended != 0) {
        fputs("the signer failed\n", stderr);
        done = 0;
    }
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
