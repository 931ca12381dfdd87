/* Runs the library on a hosted system: what links also works. */
#include <stdint.h>
#include <stdio.h>

uint64_t ossuary_no_std(void);

/* The prebuilt `core` and `alloc` refer to it; with panics that abort nobody calls it. */
void rust_eh_personality(void) {}

int main(void) {
    uint64_t records = ossuary_no_std();
    printf("no_std: %llu records received\n", (unsigned long long)records);
    return records == 20 ? 0 : 1;
}
