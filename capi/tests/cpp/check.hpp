// What the C++ test programs share.
#ifndef CHECK_HPP
#define CHECK_HPP

#include <ossuary.hpp>

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);           \
            std::exit(1);                                                                          \
        }                                                                                          \
    } while (0)

// The keys that `check.h` has.
inline ossuary::secret_key key_of(std::uint8_t first, std::uint8_t second, std::uint8_t third) {
    std::array<std::uint8_t, OSSUARY_SECRET_KEY_SIZE> secret{first, second, third};
    return {OSSUARY_ED25519, secret};
}

inline ossuary::secret_key client_key() { return key_of(1, 2, 3); }
inline ossuary::secret_key server_key() { return key_of(4, 5, 6); }

#endif
