/*
 * Makes an Ed25519 host key: the secret half in a file for its owner alone, the public half on
 * standard output, for those who have to know it.
 */
#define _POSIX_C_SOURCE 200809L

#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char USAGE[] =
    "Makes an Ed25519 key, and shows its public half.\n"
    "\n"
    "  keygen FILE     writes the secret key to FILE, which must not be there yet\n"
    "  keygen -p FILE  shows the public key of the secret key in FILE\n";

/* Writes the key in hex to a new file: 1, or 0 after it has said why not, and then there is no
 * file. Where something is there, a link too, it stays as it is. */
static int write_key_file(const char *path, const uint8_t secret[OSSUARY_SECRET_KEY_SIZE]) {
    char text[2 * OSSUARY_SECRET_KEY_SIZE + 1];
    size_t written = 0, at;
    int failed = 0;
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);

    if (file < 0) {
        perror(path);
        return 0;
    }
    for (at = 0; at < OSSUARY_SECRET_KEY_SIZE; at++) {
        /* Not by a table: which digit it is must not show in what is read from memory. */
        int high = secret[at] >> 4, low = secret[at] & 15;

        text[2 * at] = (char)('0' + high + ((9 - high) >> 8 & ('a' - '0' - 10)));
        text[2 * at + 1] = (char)('0' + low + ((9 - low) >> 8 & ('a' - '0' - 10)));
    }
    text[2 * OSSUARY_SECRET_KEY_SIZE] = '\n';
    while (!failed && written < sizeof text) {
        ssize_t more = write(file, text + written, sizeof text - written);

        if (more >= 0) {
            written += (size_t)more;
        } else {
            failed = errno == EINTR ? 0 : errno;
        }
    }
    ossuary_wipe(text, sizeof text);
    if (!failed && fsync(file) != 0) {
        failed = errno;
    }
    if (close(file) != 0 && !failed) {
        failed = errno;
    }
    if (failed) {
        fprintf(stderr, "%s: %s\n", path, strerror(failed));
        unlink(path);
    }
    return !failed;
}

static int show(const uint8_t public_key[PUBLIC_KEY_SIZE]) {
    char fingerprint[OSSUARY_FINGERPRINT_SIZE];
    ossuary_status_t status =
        ossuary_fingerprint(OSSUARY_ED25519, public_key, PUBLIC_KEY_SIZE, fingerprint);

    if (status != OSSUARY_OK) {
        complain("a fingerprint", status, ossuary_last_error(NULL));
        return 0;
    }
    printf("public key   ");
    print_hex(stdout, public_key, PUBLIC_KEY_SIZE);
    printf("\nfingerprint  %s\n", fingerprint);
    if (fflush(stdout) != 0) {
        perror("standard output");
        return 0;
    }
    return 1;
}

int main(int argc, char **argv) {
    uint8_t secret[OSSUARY_SECRET_KEY_SIZE], public_key[PUBLIC_KEY_SIZE];
    size_t len;
    int option, only_show = 0, done = 0;
    const char *path;
    ossuary_status_t status;

    while ((option = getopt(argc, argv, "ph")) != -1) {
        switch (option) {
        case 'p':
            only_show = 1;
            break;
        case 'h':
            fputs(USAGE, stdout);
            return EXIT_SUCCESS;
        default:
            fputs(USAGE, stderr);
            return 2;
        }
    }
    if (argc - optind != 1) {
        fputs(USAGE, stderr);
        return 2;
    }
    path = argv[optind];
    if (only_show) {
        if (!read_key_file(path, secret)) {
            return EXIT_FAILURE;
        }
        status = ossuary_public_key(OSSUARY_ED25519, secret, public_key, sizeof public_key, &len);
    } else {
        status = ossuary_generate_key(OSSUARY_ED25519, secret, public_key, sizeof public_key, &len);
    }
    if (status != OSSUARY_OK) {
        complain("a key", status, ossuary_last_error(NULL));
    } else {
        done = (only_show || write_key_file(path, secret)) && show(public_key);
    }
    ossuary_wipe(secret, sizeof secret);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
