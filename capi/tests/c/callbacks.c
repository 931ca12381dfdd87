/* Key stores and trust policies that are functions of this program. */

#define OSSUARY_NO_NONNULL
#include "check.h"

static uint8_t buffer[OSSUARY_MAX_PACKET];

/* A signer, whose answers the test decides, and what it was asked. */
typedef struct {
    ossuary_status_t listed;
    ossuary_status_t signs;
    /* What it lists. */
    uint8_t public_key[32];
    /* What it was asked. */
    int identities_asked;
    int signatures_asked;
    ossuary_role_t role;
    uint8_t message[OSSUARY_MAX_SIGNED_SIZE];
    size_t message_len;
    /* Called back in from inside. */
    OssuaryConnection **conn;
    OssuaryConfig *config;
    int destroys;
    int freed;
    /* Whether it signs as it should. */
    int honest;
    /* The trust callback's. */
    int32_t verdict;
    int judged;
    int anonymous;
    char name[32];
} signer;

static ossuary_status_t identities(void *user_data, OssuaryIdentities *list) {
    signer *self = user_data;
    self->identities_asked++;
    IS(OSSUARY_ERR_INVALID_ARGUMENT, ossuary_identities_add(list, OSSUARY_NO_KEY, self->public_key, 32));
    IS(OSSUARY_ERR_WRONG_LENGTH, ossuary_identities_add(list, OSSUARY_ED25519, self->public_key, 31));
    IS(OSSUARY_ERR_NULL_POINTER, ossuary_identities_add(list, OSSUARY_ED25519, NULL, 32));
    OK(ossuary_identities_add(list, OSSUARY_ED25519, self->public_key, 32));
    if (self->config != NULL) {
        /* The configuration is in use. */
        IS(OSSUARY_ERR_BUSY, ossuary_config_set_trust(self->config, OSSUARY_TRUST_ASK));
    }
    return self->listed;
}

static ossuary_status_t sign(void *user_data, ossuary_role_t role, ossuary_scheme_t scheme,
                             const uint8_t *public_key, size_t public_key_len,
                             const uint8_t *message, size_t message_len, uint8_t *signature,
                             size_t signature_len) {
    signer *self = user_data;
    self->signatures_asked++;
    self->role = role;
    CHECK(scheme == OSSUARY_ED25519 && public_key_len == 32 && signature_len == 64);
    CHECK(memcmp(public_key, self->public_key, 32) == 0);
    CHECK(message_len <= sizeof self->message);
    memcpy(self->message, message, message_len);
    self->message_len = message_len;
    memset(signature, 0x55, signature_len);
    if (self->honest) {
        size_t len = 0;
        OK(ossuary_sign(scheme, SERVER_SECRET, message, message_len, signature, signature_len, &len));
        CHECK(len == signature_len);
    }
    if (self->conn != NULL) {
        /* Calls back in are refused, all of them, and change nothing. */
        size_t len = 0;
        ossuary_received_t received;
        OssuaryConnection *conn = *self->conn;
        IS(OSSUARY_ERR_BUSY, ossuary_send(conn, buffer, sizeof buffer, &len));
        IS(OSSUARY_ERR_BUSY, ossuary_receive(conn, buffer, 10, &received));
        IS(OSSUARY_ERR_BUSY, ossuary_provide_signature(conn, signature, signature_len));
        IS(OSSUARY_ERR_BUSY, ossuary_disconnect(conn, 1));
        CHECK(ossuary_state(conn) == OSSUARY_STATE_NONE);
        CHECK(ossuary_last_error_code(conn) == OSSUARY_ERR_BUSY);
        CHECK(ossuary_handshake_done(conn) == OSSUARY_ERR_OTHER);
        if (self->destroys) {
            ossuary_destroy_connection(self->conn);
            CHECK(*self->conn == NULL);
            CHECK(self->freed == 0);
        }
    }
    return self->signs;
}

static ossuary_verdict_t judge(void *user_data, ossuary_role_t peer_role, const char *peer_name,
                               ossuary_scheme_t scheme, const uint8_t *public_key,
                               size_t public_key_len) {
    signer *self = user_data;
    self->judged++;
    self->role = peer_role;
    self->anonymous = scheme == OSSUARY_NO_KEY;
    CHECK(self->anonymous == (public_key == NULL));
    CHECK(public_key_len == (self->anonymous ? 0 : 32));
    snprintf(self->name, sizeof self->name, "%s", peer_name == NULL ? "(none)" : peer_name);
    if (self->conn != NULL) {
        IS(OSSUARY_ERR_BUSY, ossuary_decide(*self->conn, 1));
        if (self->destroys) {
            ossuary_destroy_connection(self->conn);
        }
    }
    return (ossuary_verdict_t)self->verdict;
}

static void freed(void *user_data) {
    signer *self = user_data;
    self->freed++;
}

static OssuaryConfig *server_of(signer *self) {
    public_key_of(SERVER_SECRET, self->public_key);
    OssuaryConfig *config = ossuary_create_config(OSSUARY_SERVER);
    OK(ossuary_config_set_trust(config, OSSUARY_TRUST_ANYONE));
    OK(ossuary_config_set_key_callbacks(config, identities, sign, self, freed));
    return config;
}

static OssuaryConnection *client_of(void) {
    OssuaryConfig *config = config_of(OSSUARY_CLIENT, NULL);
    OK(ossuary_config_set_trust(config, OSSUARY_TRUST_ANYONE));
    return made_of(config);
}

/* Carries the client's first packet to a server. */
static void begin(OssuaryConnection *client, OssuaryConnection *server) {
    size_t len = 0;
    ossuary_received_t received;
    OK(ossuary_send(client, buffer, sizeof buffer, &len));
    OK(ossuary_receive(server, buffer, len, &received));
    CHECK(received.event == OSSUARY_EVENT_PROGRESS);
}

/* Each class of error of a key store comes back, and the connection asks again. */
static void errors(void) {
    static const ossuary_status_t classes[] = {
        OSSUARY_ERR_KEY_NOT_FOUND, OSSUARY_ERR_KEY_LOCKED,    OSSUARY_ERR_KEY_DENIED,
        OSSUARY_ERR_KEY_CANCELLED, OSSUARY_ERR_KEY_TRY_AGAIN, OSSUARY_ERR_KEY_BROKEN,
    };
    signer hsm;
    memset(&hsm, 0, sizeof hsm);
    OssuaryConfig *config = server_of(&hsm);
    OssuaryConnection *server = NULL;
    for (size_t index = 0; index < 6; index++) {
        hsm.listed = classes[index];
        IS(classes[index], ossuary_create_connection_with(config, &server));
        CHECK(server == NULL);
        CHECK(strstr(ossuary_config_last_error(config), "identities callback") != NULL);
    }
    hsm.listed = (ossuary_status_t)12345;
    IS(OSSUARY_ERR_KEY_BROKEN, ossuary_create_connection_with(config, &server));
    hsm.listed = OSSUARY_OK;
    hsm.config = config;
    OK(ossuary_create_connection_with(config, &server));
    hsm.config = NULL;
    ossuary_destroy_config(&config);
    CHECK(hsm.freed == 0 && hsm.identities_asked == 8);

    OssuaryConnection *client = client_of();
    begin(client, server);
    size_t len = 0;
    hsm.conn = &server;
    for (size_t index = 0; index < 6; index++) {
        hsm.signs = classes[index];
        IS(classes[index], ossuary_send(server, buffer, sizeof buffer, &len));
        CHECK(len == 0 && ossuary_error_class(classes[index]) == OSSUARY_CLASS_KEY_STORE);
        CHECK(ossuary_state(server) == OSSUARY_STATE_HANDSHAKING);
        CHECK(strstr(ossuary_last_error(server), ossuary_error_name(classes[index])) != NULL);
    }
    hsm.signs = OSSUARY_ERR_NOT_OPEN;
    IS(OSSUARY_ERR_KEY_BROKEN, ossuary_send(server, buffer, sizeof buffer, &len));
    /* A signature that is none is found before it goes out. */
    hsm.signs = OSSUARY_OK;
    IS(OSSUARY_ERR_KEY_BROKEN, ossuary_send(server, buffer, sizeof buffer, &len));
    CHECK(hsm.signatures_asked == 8 && hsm.role == OSSUARY_SERVER);
    CHECK(hsm.message_len > 0 && hsm.message_len <= OSSUARY_MAX_SIGNED_SIZE);
    hsm.conn = NULL;
    /* And now it does as it should. */
    hsm.honest = 1;
    settle(client, server);
    CHECK(ossuary_state(server) == OSSUARY_STATE_OPEN);
    say(client, server, "signed outside");
    ossuary_destroy_connection(&server);
    CHECK(hsm.freed == 1);
    ossuary_destroy_connection(&client);
}

/* The signature comes later, and another one than it should. */
static void pending(void) {
    signer hsm;
    memset(&hsm, 0, sizeof hsm);
    hsm.signs = OSSUARY_PENDING;
    OssuaryConnection *server = made_of(server_of(&hsm));
    OssuaryConnection *client = client_of();
    begin(client, server);
    size_t len = 7;
    OK(ossuary_pending_signature(server, buffer, sizeof buffer, &len));
    CHECK(len == 0);
    OK(ossuary_send(server, buffer, sizeof buffer, &len));
    CHECK(len == 0 && ossuary_state(server) == OSSUARY_STATE_AWAITING_SIGNATURE);
    CHECK(ossuary_send_len(server) == 0 && ossuary_deadline(server) == UINT64_MAX);
    CHECK(hsm.signatures_asked == 1);
    IS(OSSUARY_ERR_BUFFER_TOO_SMALL, ossuary_pending_signature(server, buffer, 10, &len));
    CHECK(len == hsm.message_len);
    OK(ossuary_pending_signature(server, buffer, sizeof buffer, &len));
    CHECK(len == hsm.message_len && memcmp(buffer, hsm.message, len) == 0);
    memset(buffer, 1, 64);
    IS(OSSUARY_ERR_WRONG_LENGTH, ossuary_provide_signature(server, buffer, 63));
    IS(OSSUARY_ERR_KEY_BROKEN, ossuary_provide_signature(server, buffer, 64));
    CHECK(ossuary_state(server) == OSSUARY_STATE_AWAITING_SIGNATURE);
    OK(ossuary_sign(OSSUARY_ED25519, SERVER_SECRET, hsm.message, hsm.message_len, buffer, 64, &len));
    OK(ossuary_provide_signature(server, buffer, len));
    IS(OSSUARY_ERR_NO_SIGNATURE_PENDING, ossuary_provide_signature(server, buffer, len));
    settle(client, server);
    CHECK(ossuary_state(server) == OSSUARY_STATE_OPEN && hsm.signatures_asked == 1);
    say(server, client, "signed later");
    ossuary_destroy_connection(&server);
    ossuary_destroy_connection(&client);
    CHECK(hsm.freed == 1);
}

/* User data is freed once, whatever becomes of the call it was given to. */
static void user_data(void) {
    signer self;
    memset(&self, 0, sizeof self);
    IS(OSSUARY_ERR_NULL_POINTER, ossuary_config_set_key_callbacks(NULL, identities, sign, &self, freed));
    CHECK(self.freed == 1);
    OssuaryConfig *config = ossuary_create_config(OSSUARY_SERVER);
    IS(OSSUARY_ERR_NULL_POINTER, ossuary_config_set_key_callbacks(config, NULL, sign, &self, freed));
    CHECK(self.freed == 2);
    IS(OSSUARY_ERR_NULL_POINTER, ossuary_config_set_key_callbacks(config, identities, NULL, &self, freed));
    CHECK(self.freed == 3);
    IS(OSSUARY_ERR_NULL_POINTER, ossuary_config_set_trust_callback(config, NULL, &self, freed));
    CHECK(self.freed == 4);
    /* What takes its place lets it go. */
    OK(ossuary_config_set_key_callbacks(config, identities, sign, &self, freed));
    OK(ossuary_config_set_key_callbacks(config, identities, sign, &self, freed));
    CHECK(self.freed == 5);
    OK(ossuary_config_add_secret_key(config, OSSUARY_ED25519, SERVER_SECRET, 32));
    CHECK(self.freed == 6);
    OK(ossuary_config_set_trust_callback(config, judge, &self, freed));
    OK(ossuary_config_set_trust(config, OSSUARY_TRUST_ANYONE));
    CHECK(self.freed == 7);
    OK(ossuary_config_set_trust_callback(config, judge, &self, NULL));
    ossuary_destroy_config(&config);
    CHECK(self.freed == 7);
}

/* Each verdict, of a peer with a key and of one without. */
static void verdicts(void) {
    static const struct {
        int32_t verdict;
        ossuary_status_t of_key;
        ossuary_status_t of_anonymous;
    } table[] = {
        {OSSUARY_TRUSTED, OSSUARY_OK, OSSUARY_OK},
        {OSSUARY_REFUSED, OSSUARY_ERR_NOT_AUTHORIZED, OSSUARY_ERR_PEER_WITHOUT_KEY},
        {OSSUARY_UNKNOWN, OSSUARY_OK, OSSUARY_ERR_PEER_WITHOUT_KEY},
        {OSSUARY_CHANGED, OSSUARY_ERR_KEY_CHANGED, OSSUARY_ERR_PEER_WITHOUT_KEY},
        {OSSUARY_REVOKED, OSSUARY_ERR_KEY_REVOKED, OSSUARY_ERR_PEER_WITHOUT_KEY},
        {5, OSSUARY_ERR_TRUST, OSSUARY_ERR_TRUST},
        {-1, OSSUARY_ERR_TRUST, OSSUARY_ERR_TRUST},
    };
    for (size_t index = 0; index < sizeof table / sizeof *table; index++) {
        for (int anonymous = 0; anonymous < 2; anonymous++) {
            signer policy;
            memset(&policy, 0, sizeof policy);
            policy.verdict = table[index].verdict;
            OssuaryConfig *config = config_of(OSSUARY_SERVER, SERVER_SECRET);
            OK(ossuary_config_set_trust_callback(config, judge, &policy, freed));
            if (anonymous) {
                OK(ossuary_config_set_peer_name(config, "caf\xc3\xa9"));
            }
            OssuaryConnection *server = made_of(config);
            config = config_of(OSSUARY_CLIENT, anonymous ? NULL : CLIENT_SECRET);
            OK(ossuary_config_set_trust(config, OSSUARY_TRUST_ANYONE));
            OssuaryConnection *client = made_of(config);
            policy.conn = &server;
            begin(client, server);
            CHECK(carry(server, client));
            size_t len = 0;
            ossuary_received_t received;
            OK(ossuary_send(client, buffer, sizeof buffer, &len));
            IS(anonymous ? table[index].of_anonymous : table[index].of_key,
               ossuary_receive(server, buffer, len, &received));
            CHECK(policy.judged == 1 && policy.anonymous == anonymous);
            CHECK(policy.role == OSSUARY_CLIENT);
            CHECK(strcmp(policy.name, anonymous ? "caf\xc3\xa9" : "(none)") == 0);
            if (policy.verdict == OSSUARY_UNKNOWN && !anonymous) {
                CHECK(received.event == OSSUARY_EVENT_UNDECIDED);
                OK(ossuary_decide(server, 1));
            }
            CHECK(ossuary_state(server) ==
                  (received.event == OSSUARY_EVENT_NONE ? OSSUARY_STATE_FAILED
                                                        : OSSUARY_STATE_OPEN));
            policy.conn = NULL;
            ossuary_destroy_connection(&server);
            ossuary_destroy_connection(&client);
            CHECK(policy.freed == 1);
        }
    }
}

/* A connection that is destroyed inside of its own callbacks goes when the call is done. */
static void destroyed_inside(void) {
    signer hsm;
    memset(&hsm, 0, sizeof hsm);
    hsm.signs = OSSUARY_ERR_KEY_DENIED;
    OssuaryConnection *server = made_of(server_of(&hsm));
    OssuaryConnection *client = client_of();
    begin(client, server);
    hsm.conn = &server;
    hsm.destroys = 1;
    size_t len = 0;
    IS(OSSUARY_ERR_KEY_DENIED, ossuary_send(server, buffer, sizeof buffer, &len));
    CHECK(server == NULL && hsm.freed == 1);
    ossuary_destroy_connection(&client);

    signer policy;
    memset(&policy, 0, sizeof policy);
    policy.verdict = OSSUARY_TRUSTED;
    OssuaryConfig *config = config_of(OSSUARY_CLIENT, NULL);
    OK(ossuary_config_set_trust_callback(config, judge, &policy, freed));
    client = made_of(config);
    config = config_of(OSSUARY_SERVER, SERVER_SECRET);
    OK(ossuary_config_set_trust(config, OSSUARY_TRUST_ANYONE));
    server = made_of(config);
    begin(client, server);
    policy.conn = &client;
    policy.destroys = 1;
    ossuary_received_t received;
    OK(ossuary_send(server, buffer, sizeof buffer, &len));
    OK(ossuary_receive(client, buffer, len, &received));
    CHECK(client == NULL && policy.freed == 1 && policy.role == OSSUARY_SERVER);
    ossuary_destroy_connection(&server);
}

int main(void) {
    errors();
    pending();
    user_data();
    verdicts();
    destroyed_inside();
    return 0;
}
