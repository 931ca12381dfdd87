/* Host keys in files, agents, keystores and tokens, and files of whom to trust. Its arguments say
 * which:
 *
 *   stores key-file PATH [PASSPHRASE]      stores agent [SOCKET]
 *   stores os SERVICE NAME                 stores pkcs11 URI PIN
 *   stores authorized-keys PATH            stores known-hosts PATH
 *   stores not-built                       what a library without any of them says
 *
 * It prints the fingerprint of the host key that it used, or the name of the status that a call
 * had. */

#include "check.h"

static uint8_t buffer[OSSUARY_MAX_PACKET];

/* What a person would type, and how often it was asked. */
typedef struct {
    const char *secret;
    unsigned asked;
    int freed;
} person;

static ossuary_status_t ask(void *user_data, const char *what, uint32_t attempt, char *passphrase,
                            size_t size) {
    person *self = user_data;
    self->asked++;
    CHECK(strlen(what) > 0);
    CHECK(size == OSSUARY_MAX_PASSPHRASE_SIZE && attempt == self->asked);
    /* Wrong at first, of a file; a token would count it. */
    const char *answer = self->secret;
    if (strncmp(answer, "wrong:", 6) == 0) {
        answer = attempt == 1 ? "wrong" : answer + 6;
    }
    CHECK(strlen(answer) < size);
    memcpy(passphrase, answer, strlen(answer) + 1);
    return OSSUARY_OK;
}

static ossuary_status_t refuse(void *user_data, const char *what, uint32_t attempt,
                               char *passphrase, size_t size) {
    (void)user_data;
    (void)what;
    (void)attempt;
    (void)passphrase;
    (void)size;
    return OSSUARY_ERR_KEY_CANCELLED;
}

static void freed(void *user_data) {
    person *self = user_data;
    self->freed++;
}

static void ended(ossuary_status_t status, OssuaryConfig *config) {
    if (status != OSSUARY_OK) {
        printf("%s: %s\n", ossuary_error_name(status), ossuary_config_last_error(config));
        ossuary_destroy_config(&config);
        exit(0);
    }
}

/* A whole conversation with the key that `config` has. */
static void converse(OssuaryConfig *config) {
    OssuaryConnection *server = NULL;
    OK(ossuary_config_set_trust(config, OSSUARY_TRUST_ANYONE));
    ended(ossuary_create_connection_with(config, &server), config);
    ossuary_destroy_config(&config);
    OssuaryConfig *other = config_of(OSSUARY_CLIENT, NULL);
    OK(ossuary_config_set_trust(other, OSSUARY_TRUST_ANYONE));
    OssuaryConnection *client = made_of(other);
    settle(client, server);
    CHECK(ossuary_state(client) == OSSUARY_STATE_OPEN);
    say(client, server, "with a key from elsewhere");
    ossuary_scheme_t scheme = OSSUARY_NO_KEY;
    size_t len = 0;
    char fingerprint[OSSUARY_FINGERPRINT_SIZE];
    OK(ossuary_remote_identity(client, &scheme, buffer, sizeof buffer, &len));
    OK(ossuary_fingerprint(scheme, buffer, len, fingerprint));
    puts(fingerprint);
    ossuary_destroy_connection(&client);
    ossuary_destroy_connection(&server);
}

/* A server whose policy is that of a file, and a client with a key that is in it; then one with
 * another. */
static void trust_file(const char *path, int known_hosts) {
    for (int known = 1; known >= 0; known--) {
        OssuaryConfig *own = config_of(known_hosts ? OSSUARY_CLIENT : OSSUARY_SERVER,
                                       SERVER_SECRET);
        ended(known_hosts ? ossuary_config_trust_known_hosts_file(own, path)
                          : ossuary_config_trust_authorized_keys_file(own, path),
              own);
        OK(ossuary_config_set_peer_name(own, "gate.example"));
        OssuaryConfig *other = ossuary_create_config(known_hosts ? OSSUARY_SERVER : OSSUARY_CLIENT);
        static const uint8_t stranger[32] = {77};
        OK(ossuary_config_add_secret_key(other, OSSUARY_ED25519, known ? CLIENT_SECRET : stranger,
                                         32));
        OK(ossuary_config_set_trust(other, OSSUARY_TRUST_ANYONE));
        OssuaryConnection *here = made_of(own);
        OssuaryConnection *there = made_of(other);
        OssuaryConnection *client = known_hosts ? here : there;
        OssuaryConnection *server = known_hosts ? there : here;
        ossuary_status_t status = OSSUARY_OK;
        for (int turns = 0; turns < 4 && status == OSSUARY_OK; turns++) {
            size_t len = 0;
            ossuary_received_t received;
            OssuaryConnection *from = turns % 2 == 0 ? client : server;
            OssuaryConnection *to = turns % 2 == 0 ? server : client;
            OK(ossuary_send(from, buffer, sizeof buffer, &len));
            if (len > 0) {
                status = ossuary_receive(to, buffer, len, &received);
            }
        }
        puts(ossuary_error_name(status));
        CHECK((ossuary_state(here) == OSSUARY_STATE_OPEN) == (known == 1));
        ossuary_destroy_connection(&here);
        ossuary_destroy_connection(&there);
    }
}

static void not_built(void) {
    OssuaryConfig *config = config_of(OSSUARY_SERVER, NULL);
    person nobody = {"", 0, 0};
    IS(OSSUARY_ERR_NOT_BUILT, ossuary_config_add_key_file(config, "x", ask, &nobody, freed));
    IS(OSSUARY_ERR_NOT_BUILT, ossuary_config_use_agent(config, NULL));
    IS(OSSUARY_ERR_NOT_BUILT, ossuary_config_use_os_keystore(config, "x", "x"));
    IS(OSSUARY_ERR_NOT_BUILT, ossuary_config_use_pkcs11(config, "x", ask, &nobody, freed));
    IS(OSSUARY_ERR_NOT_BUILT, ossuary_config_trust_authorized_keys_file(config, "x"));
    IS(OSSUARY_ERR_NOT_BUILT, ossuary_config_trust_known_hosts_file(config, "x"));
    CHECK(nobody.freed == 2 && nobody.asked == 0);
    CHECK(strstr(ossuary_config_last_error(config), "\"openssh\"") != NULL);
    ossuary_destroy_config(&config);
}

int main(int count, char **arguments) {
    CHECK(count >= 2);
    const char *what = arguments[1];
    if (strcmp(what, "not-built") == 0) {
        not_built();
        return 0;
    }
    if (strcmp(what, "authorized-keys") == 0 || strcmp(what, "known-hosts") == 0) {
        CHECK(count == 3);
        trust_file(arguments[2], what[0] == 'k');
        return 0;
    }
    OssuaryConfig *config = config_of(OSSUARY_SERVER, NULL);
    person user = {count > 3 ? arguments[3] : "", 0, 0};
    if (strcmp(what, "key-file") == 0) {
        CHECK(count >= 3);
        ossuary_passphrase_fn asks = count == 3 ? NULL : strlen(user.secret) == 0 ? refuse : ask;
        ossuary_status_t status =
            ossuary_config_add_key_file(config, arguments[2], asks, &user, freed);
        CHECK(user.freed == 1);
        ended(status, config);
    } else if (strcmp(what, "agent") == 0) {
        ended(ossuary_config_use_agent(config, count > 2 ? arguments[2] : NULL), config);
    } else if (strcmp(what, "os") == 0) {
        CHECK(count == 4);
        ended(ossuary_config_use_os_keystore(config, arguments[2], arguments[3]), config);
    } else {
        CHECK(strcmp(what, "pkcs11") == 0 && count == 4);
        ended(ossuary_config_use_pkcs11(config, arguments[2], ask, &user, freed), config);
        CHECK(user.freed == 0 && user.asked == 1);
    }
    converse(config);
    return 0;
}
