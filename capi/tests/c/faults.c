/* Faults on purpose, which the checkers of memory have to see: they see into the library too. */

#include "check.h"

int main(int count, char **arguments) {
    CHECK(count == 2);
    if (strcmp(arguments[1], "overrun") == 0) {
        /* The library is told of one byte more than there is, and writes there. */
        uint8_t *memory = malloc(64);
        CHECK(memory != NULL);
        ossuary_wipe(memory, 65);
        free(memory);
    } else if (strcmp(arguments[1], "use-after-free") == 0) {
        pair both = new_pair();
        OssuaryConnection *again = both.client;
        ossuary_destroy_connection(&both.client);
        printf("%d\n", (int)ossuary_state(again));
        ossuary_destroy_connection(&both.server);
    } else if (strcmp(arguments[1], "leak") == 0) {
        OssuaryConfig *config = config_of(OSSUARY_CLIENT, CLIENT_SECRET);
        OK(ossuary_config_set_trust(config, OSSUARY_TRUST_ASK));
    } else {
        CHECK(strcmp(arguments[1], "none") == 0);
        pair both = new_pair();
        open_pair(&both);
        end_pair(&both);
    }
    return 0;
}
