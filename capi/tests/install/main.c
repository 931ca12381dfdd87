/* A program that is linked with what was installed: it makes a key, and shows it. */

#include <ossuary.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    uint8_t secret_key[OSSUARY_SECRET_KEY_SIZE];
    uint8_t public_key[OSSUARY_MAX_PUBLIC_KEY_SIZE];
    char fingerprint[OSSUARY_FINGERPRINT_SIZE];
    size_t len = 0;

    ossuary_status_t status = ossuary_generate_key(OSSUARY_ED25519, secret_key, public_key,
                                                   sizeof public_key, &len);
    ossuary_wipe(secret_key, sizeof secret_key);
    if (status == OSSUARY_OK)
        status = ossuary_fingerprint(OSSUARY_ED25519, public_key, len, fingerprint);
    if (status != OSSUARY_OK) {
        fprintf(stderr, "%s\n", ossuary_error_name(status));
        return 1;
    }
    if (strcmp(ossuary_version(), OSSUARY_VERSION) != 0) {
        fprintf(stderr, "the header is of %s\n", OSSUARY_VERSION);
        return 1;
    }
    printf("ossuary %s %s\n", ossuary_version(), fingerprint);
    return 0;
}
