/* A thousand connections, created, used and destroyed: with a checker of leaks, none is left. */

#include "check.h"

int main(void) {
    for (int turn = 0; turn < 500; turn++) {
        pair both = new_pair();
        if (turn % 5 != 0) {
            open_pair(&both);
            say(both.client, both.server, "hello");
            say(both.server, both.client, "hello");
        }
        OssuarySender *sender = NULL;
        if (turn % 5 == 2) {
            OK(ossuary_split(both.client, &sender));
        }
        if (turn % 5 == 3) {
            uint8_t buffer[100];
            size_t len = 0;
            OK(ossuary_disconnect(both.client, 0));
            OK(ossuary_send(both.client, buffer, sizeof buffer, &len));
            ossuary_received_t received;
            OK(ossuary_receive(both.server, buffer, len, &received));
        }
        if (turn % 5 == 4) {
            /* Partial packets inside of the functions of 2019, and an error's text. */
            uint8_t buffer[100];
            uint16_t len = 10;
            CHECK(ossuary_send_data(both.client, buffer, 50, buffer + 50, &len) ==
                  OSSUARY_ERR_WOULDBLOCK);
            uint16_t in_len = 10;
            CHECK(ossuary_recv_data(both.server, buffer + 50, &in_len, buffer, &len) ==
                  OSSUARY_ERR_WOULDBLOCK);
            CHECK(ossuary_send_data(both.client, buffer, 1, buffer + 50, &len) ==
                  OSSUARY_ERR_OTHER);
        }
        end_pair(&both);
        ossuary_destroy_sender(&sender);
    }
    return 0;
}
