/* A program that looks for null only after it has passed it on. */

#include <ossuary.h>

int main(int count, char **arguments) {
    static const uint8_t key[32] = {1};
    (void)arguments;
    /* Null, which a compiler cannot know. */
    OssuaryConnection *conn =
        ossuary_create_connection((ossuary_conn_type_t)(count + 100), NULL);
    int32_t status = ossuary_set_secret_key(conn, key);
    if (conn == NULL) {
        return status == OSSUARY_ERR_OTHER ? 0 : 2;
    }
    ossuary_destroy_connection(&conn);
    return 1;
}
