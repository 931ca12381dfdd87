/* A system that has no random bytes to give: this program stands in for it. */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int fails;

ssize_t getrandom(void *buffer, size_t len, unsigned flags);

ssize_t getrandom(void *buffer, size_t len, unsigned flags) {
    if (fails) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_getrandom, buffer, len, flags);
}

int main(void) {
    uint8_t secret[OSSUARY_SECRET_KEY_SIZE] = {0};
    uint8_t key[32];
    static uint8_t packet[OSSUARY_MAX_PACKET];
    size_t len = 0;
    pair both = new_pair();
    fails = 1;
    IS(OSSUARY_ERR_RANDOM, ossuary_generate_key(OSSUARY_ED25519, secret, key, sizeof key, &len));
    CHECK(ossuary_error_class(OSSUARY_ERR_RANDOM) == OSSUARY_CLASS_CRYPTO);
    CHECK(ossuary_create_connection(OSSUARY_CONN_TYPE_UNAUTHENTICATED_SERVER, NULL) == NULL);
    CHECK(ossuary_last_error_code(NULL) == OSSUARY_ERR_RANDOM);
    IS(OSSUARY_ERR_RANDOM, ossuary_send(both.client, packet, sizeof packet, &len));
    CHECK(len == 0);
    /* Nothing has changed, and the call can be repeated. */
    fails = 0;
    open_pair(&both);
    say(both.client, both.server, "with random bytes");
    end_pair(&both);
    return 0;
}
