// ossuary for C++17 and later: the full interface of ossuary.h, whose documentation holds here too.
// docs/c.md is the way in. SPDX-License-Identifier: MIT OR Apache-2.0
//
// What is true of everything here:
//
// - Objects own what they are of, are moved and not copied, and free it when they go. One that
//   was moved from is empty: its calls find OSSUARY_ERR_NULL_POINTER, and can do no harm.
// - An object is used by one thread at a time, of any thread. Different objects are independent.
// - Each call that can fail is there twice. With a `std::error_code &` at the end it sets that, to
//   OSSUARY_OK too, and throws nothing but `std::bad_alloc`; without, it throws `ossuary::error`,
//   and is there where exceptions are on. A call that failed has changed nothing, unless
//   ossuary.h says so, and returns an empty value, unless it is said here.
// - Numbers are those of ossuary.h: OSSUARY_ED25519, OSSUARY_EVENT_RECORD, OSSUARY_ERR_NOT_OPEN.
//   Compare an error with one of them, or with the class of it, `code == OSSUARY_CLASS_PEER`.
// - Buffers are `bytes` and `mutable_bytes`, which own nothing and are not kept after a call.

#ifndef OSSUARY_HPP
#define OSSUARY_HPP

#include "ossuary.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define OSSUARY_EXCEPTIONS 1
#else
#define OSSUARY_EXCEPTIONS 0
#endif

template <> struct std::is_error_code_enum<ossuary_status_t> : std::true_type {};
template <> struct std::is_error_condition_enum<ossuary_error_class_t> : std::true_type {};

namespace ossuary {

namespace detail {

class class_category final : public std::error_category {
  public:
    const char *name() const noexcept override { return "ossuary error class"; }

    std::string message(int value) const override {
        switch (static_cast<ossuary_error_class_t>(value)) {
        case OSSUARY_CLASS_NONE: return "no error";
        case OSSUARY_CLASS_CONDITION: return "the connection is over or was reset";
        case OSSUARY_CLASS_CALLER: return "the calling program is at fault";
        case OSSUARY_CLASS_PEER: return "the peer is at fault, or whoever holds the line";
        case OSSUARY_CLASS_CRYPTO: return "the cryptography library failed";
        case OSSUARY_CLASS_KEY_STORE: return "the key store failed";
        case OSSUARY_CLASS_TRUST: return "the trust policy failed";
        case OSSUARY_CLASS_LOCAL: return "this side ended the connection";
        case OSSUARY_CLASS_DEFECT: return "a defect of libossuary";
        case OSSUARY_CLASS_UNKNOWN: break;
        }
        return "unknown";
    }
};

} // namespace detail

/// The category of error classes, which are conditions: OSSUARY_CLASS_PEER and those beside it.
inline const std::error_category &class_category() noexcept {
    static const detail::class_category category;
    return category;
}

namespace detail {

class status_category final : public std::error_category {
  public:
    const char *name() const noexcept override { return "ossuary"; }

    std::string message(int value) const override {
        return ossuary_error_name(static_cast<ossuary_status_t>(value));
    }

    std::error_condition default_error_condition(int value) const noexcept override {
        const auto error_class = ossuary_error_class(static_cast<ossuary_status_t>(value));
        return {static_cast<int>(error_class), ossuary::class_category()};
    }
};

} // namespace detail

/// The category of statuses: `ossuary_status_t`. Its messages are their names; what is wrong in
/// particular is in `ossuary::error::what` and in `last_error`.
inline const std::error_category &category() noexcept {
    static const detail::status_category category;
    return category;
}

} // namespace ossuary

/// A status as an error code. It stands where the enumeration does, to be found.
inline std::error_code make_error_code(ossuary_status_t status) noexcept {
    return {static_cast<int>(status), ossuary::category()};
}

/// A class as a condition, which error codes compare with.
inline std::error_condition make_error_condition(ossuary_error_class_t error_class) noexcept {
    return {static_cast<int>(error_class), ossuary::class_category()};
}

namespace ossuary {

#if OSSUARY_EXCEPTIONS
/// What calls throw. `what()` has what is wrong and what helps, for people and without secrets,
/// and the name of the status.
class error : public std::system_error {
  public:
    error(std::error_code code, const std::string &text) : std::system_error(code, text) {}
};
#endif

namespace detail {

template <class T>
constexpr bool is_byte =
    std::is_same_v<std::remove_cv_t<T>, unsigned char> ||
    std::is_same_v<std::remove_cv_t<T>, char> || std::is_same_v<std::remove_cv_t<T>, std::byte>;

template <class C> using element = std::remove_pointer_t<decltype(std::data(std::declval<C &>()))>;

/// An array of characters is a literal, with a zero byte that nobody means.
template <class C>
constexpr bool is_text =
    std::is_array_v<C> && std::is_same_v<std::remove_cv_t<std::remove_extent_t<C>>, char>;

} // namespace detail

/// Bytes to read: a pointer and a size. It is made of anything that has its bytes in a row, such
/// as `std::array`, `std::vector`, `std::string`, `std::string_view`, and in C++20 `std::span`; of
/// a literal by way of `std::string_view`.
class bytes {
  public:
    constexpr bytes() noexcept = default;

    template <class T, std::enable_if_t<detail::is_byte<T>, int> = 0>
    bytes(const T *data, std::size_t size) noexcept
        : data_(reinterpret_cast<const std::uint8_t *>(data)), size_(size) {}

    template <class C, std::enable_if_t<detail::is_byte<detail::element<const C>> &&
                                            !detail::is_text<C> && !std::is_same_v<C, bytes>,
                                        int> = 0>
    bytes(const C &container) noexcept : bytes(std::data(container), std::size(container)) {}

    const std::uint8_t *data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    const std::uint8_t *begin() const noexcept { return data_; }
    const std::uint8_t *end() const noexcept { return data_ + size_; }
    const std::uint8_t &operator[](std::size_t at) const noexcept { return data_[at]; }
    /// The first `count` bytes, of which there have to be so many.
    bytes first(std::size_t count) const noexcept { return {data_, count}; }
    /// What is behind the first `count` bytes, of which there have to be so many.
    bytes after(std::size_t count) const noexcept { return {data_ + count, size_ - count}; }
    /// The same bytes as characters.
    std::string_view text() const noexcept {
        return {reinterpret_cast<const char *>(data_), size_};
    }

  private:
    const std::uint8_t *data_ = nullptr;
    std::size_t size_ = 0;
};

/// Bytes to write, and to read: as `bytes`, of what is not constant.
class mutable_bytes {
  public:
    constexpr mutable_bytes() noexcept = default;

    template <class T, std::enable_if_t<detail::is_byte<T> && !std::is_const_v<T>, int> = 0>
    mutable_bytes(T *data, std::size_t size) noexcept
        : data_(reinterpret_cast<std::uint8_t *>(data)), size_(size) {}

    template <class C, std::enable_if_t<detail::is_byte<detail::element<C>> &&
                                            !std::is_const_v<detail::element<C>> &&
                                            !std::is_same_v<std::decay_t<C>, mutable_bytes>,
                                        int> = 0>
    mutable_bytes(C &&container) noexcept
        : mutable_bytes(std::data(container), std::size(container)) {}

    std::uint8_t *data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    std::uint8_t *begin() const noexcept { return data_; }
    std::uint8_t *end() const noexcept { return data_ + size_; }
    std::uint8_t &operator[](std::size_t at) const noexcept { return data_[at]; }
    /// The first `count` bytes, of which there have to be so many.
    mutable_bytes first(std::size_t count) const noexcept { return {data_, count}; }
    /// What is behind the first `count` bytes, of which there have to be so many.
    mutable_bytes after(std::size_t count) const noexcept { return {data_ + count, size_ - count}; }
    /// The same bytes as characters.
    std::string_view text() const noexcept {
        return {reinterpret_cast<const char *>(data_), size_};
    }

  private:
    std::uint8_t *data_ = nullptr;
    std::size_t size_ = 0;
};

namespace detail {

/// Where bytes are; nowhere is a place too, as C asks for one.
inline const std::uint8_t *place(bytes of) noexcept {
    static const std::uint8_t nowhere = 0;
    return of.data() != nullptr ? of.data() : &nowhere;
}

#if OSSUARY_EXCEPTIONS
/// Throws what is wrong, where something is.
inline void check(std::error_code code, const std::string &text) {
    if (code) {
        throw error(code, text);
    }
}

/// The text of the last call of this thread that had no object.
inline std::string text_of_thread() { return ossuary_last_error(nullptr); }

inline std::string text_of_empty() { return "the object is empty: it was moved from, or not made"; }

/// Calls `f` with an error code, and throws that with the text that `text` gives.
template <class F, class Text> auto or_throw(F f, Text text) {
    std::error_code code;
    if constexpr (std::is_void_v<decltype(f(code))>) {
        f(code);
        if (code) {
            check(code, text(code));
        }
    } else {
        auto result = f(code);
        if (code) {
            check(code, text(code));
        }
        return result;
    }
}
#endif

/// Calls what the program has given; what it throws stays here, and is told as `thrown`.
template <class R, class F> R guarded(R thrown, F f) noexcept {
#if OSSUARY_EXCEPTIONS
    try {
        return f();
    } catch (...) {
        return thrown;
    }
#else
    static_cast<void>(thrown);
    return f();
#endif
}

inline void destroy(OssuaryConfig *config) noexcept { ossuary_destroy_config(&config); }
inline void destroy(OssuaryConnection *conn) noexcept { ossuary_destroy_connection(&conn); }
inline void destroy(OssuarySender *sender) noexcept { ossuary_destroy_sender(&sender); }

inline const char *last_error(const OssuaryConfig *of) { return ossuary_config_last_error(of); }
inline const char *last_error(const OssuaryConnection *of) { return ossuary_last_error(of); }
inline const char *last_error(const OssuarySender *of) { return ossuary_sender_last_error(of); }

/// An object of the library's.
template <class T> class object {
  public:
    /// Whether there is one; not where it was moved from.
    explicit operator bool() const noexcept { return static_cast<bool>(pointer_); }

    /// The pointer, for functions of ossuary.h. It stays this object's.
    T *get() const noexcept { return pointer_.get(); }

    /// Gives the pointer away: who has it is to destroy it.
    [[nodiscard]] T *release() noexcept { return pointer_.release(); }

    /// What the last call that failed says, for people.
    std::string last_error() const { return detail::last_error(get()); }

  protected:
    object() noexcept = default;
    explicit object(T *pointer) noexcept : pointer_(pointer) {}

    void set(T *pointer) noexcept { pointer_.reset(pointer); }

    /// Calls a function of ossuary.h on the pointer.
    template <class F> std::error_code call(F f) const {
        return make_error_code(pointer_ ? f(pointer_.get()) : OSSUARY_ERR_NULL_POINTER);
    }

#if OSSUARY_EXCEPTIONS
    std::string text_of(std::error_code code) const {
        if (!pointer_) {
            return text_of_empty();
        }
        return code == OSSUARY_ERR_BUSY ? text_of_thread() : last_error();
    }

    template <class F> auto or_throw(F f) const {
        return detail::or_throw(f, [&](std::error_code code) { return text_of(code); });
    }
#endif

  private:
    struct destroyer {
        void operator()(T *pointer) const noexcept { destroy(pointer); }
    };
    std::unique_ptr<T, destroyer> pointer_;
};

} // namespace detail

/// Overwrites bytes with zeros, in a way that the compiler does not leave out.
inline void wipe(mutable_bytes memory) noexcept { ossuary_wipe(memory.data(), memory.size()); }

/// The version of the library that runs; OSSUARY_VERSION is that of the header.
inline const char *version() noexcept { return ossuary_version(); }
/// The suite that it was built with.
inline const char *suite_name() noexcept { return ossuary_suite_name(); }
/// The cryptography library behind it.
inline const char *backend_name() noexcept { return ossuary_backend_name(); }
/// The version of the library as one number: compare it with OSSUARY_VERSION_NUMBER.
inline std::uint32_t version_number() noexcept { return ossuary_version_number(); }
/// The longest packet, in bytes: a buffer of this size is enough for every call.
inline std::size_t max_packet() noexcept { return ossuary_max_packet(); }
/// Sizes of the library that runs, in bytes: those of the macros of these names.
inline std::size_t secret_key_size() noexcept { return ossuary_secret_key_size(); }
inline std::size_t max_public_key_size() noexcept { return ossuary_max_public_key_size(); }
inline std::size_t max_signature_size() noexcept { return ossuary_max_signature_size(); }
inline std::size_t max_signed_size() noexcept { return ossuary_max_signed_size(); }
inline std::size_t fingerprint_size() noexcept { return ossuary_fingerprint_size(); }
inline std::size_t max_passphrase_size() noexcept { return ossuary_max_passphrase_size(); }
inline std::size_t plaintext_offset() noexcept { return ossuary_plaintext_offset(); }
inline std::size_t close_size() noexcept { return ossuary_close_size(); }
/// The length of a public key of `scheme`, in bytes; 0 for a scheme that is none.
inline std::size_t public_key_size(ossuary_scheme_t scheme) noexcept {
    return ossuary_public_key_size(scheme);
}
/// The length of a signature of `scheme`, in bytes; 0 for a scheme that is none.
inline std::size_t signature_size(ossuary_scheme_t scheme) noexcept {
    return ossuary_signature_size(scheme);
}

/// A public key and its scheme. One of the scheme OSSUARY_NO_KEY is that of nobody: an anonymous
/// client, a peer that is not known yet.
struct identity {
    ossuary_scheme_t scheme = OSSUARY_NO_KEY;
    /// In bytes: 32 of Ed25519, 33 of ECDSA P-256, 1952 of ML-DSA-65.
    std::vector<std::uint8_t> public_key;

    identity() = default;
    identity(ossuary_scheme_t of_scheme, bytes key)
        : scheme(of_scheme), public_key(key.begin(), key.end()) {}

    /// Whether it is somebody's.
    explicit operator bool() const noexcept { return scheme != OSSUARY_NO_KEY; }

    /// As `ssh-keygen -l` shows it, for people to compare: 50 characters.
    ///
    /// Errors: OSSUARY_ERR_INVALID_ARGUMENT where it is nobody's, OSSUARY_ERR_WRONG_LENGTH.
    std::string fingerprint(std::error_code &code) const {
        std::array<char, OSSUARY_FINGERPRINT_SIZE> text{};
        code =
            ossuary_fingerprint(scheme, detail::place(public_key), public_key.size(), text.data());
        return text.data();
    }

#if OSSUARY_EXCEPTIONS
    std::string fingerprint() const {
        return detail::or_throw([&](std::error_code &code) { return fingerprint(code); },
                                [](std::error_code) { return detail::text_of_thread(); });
    }
#endif

    friend bool operator==(const identity &a, const identity &b) {
        return a.scheme == b.scheme && a.public_key == b.public_key;
    }
    friend bool operator!=(const identity &a, const identity &b) { return !(a == b); }
};

namespace detail {

/// Wipes memory, and frees it.
struct wiper {
    std::size_t size = 0;
    void operator()(std::uint8_t *secret) const noexcept {
        ossuary_wipe(secret, size);
        delete[] secret;
    }
};

using wiped = std::unique_ptr<std::uint8_t[], wiper>;

inline wiped wiped_memory(std::size_t size) { return {new std::uint8_t[size](), wiper{size}}; }

} // namespace detail

/// A secret key, in memory that is wiped when it goes. It is moved without a copy, and not copied.
class secret_key {
  public:
    /// No key.
    secret_key() noexcept = default;

    /// Copies the bytes of a key, OSSUARY_SECRET_KEY_SIZE of them; what they were copied from is
    /// the program's to wipe. Who uses the key finds out whether it is one.
    secret_key(ossuary_scheme_t scheme, bytes secret)
        : scheme_(scheme), secret_(detail::wiped_memory(secret.size())) {
        std::copy(secret.begin(), secret.end(), secret_.get());
    }

    /// Makes one with random bytes of the system; `identity` is its public key.
    ///
    /// Errors: OSSUARY_ERR_INVALID_ARGUMENT for a scheme that is none, OSSUARY_ERR_RANDOM.
    static secret_key generate(ossuary_scheme_t scheme, std::error_code &code) {
        secret_key made;
        made.scheme_ = scheme;
        made.secret_ = detail::wiped_memory(OSSUARY_SECRET_KEY_SIZE);
        std::array<std::uint8_t, OSSUARY_MAX_PUBLIC_KEY_SIZE> key;
        std::size_t len = 0;
        code = ossuary_generate_key(scheme, made.secret_.get(), key.data(), key.size(), &len);
        return code ? secret_key() : std::move(made);
    }

    ossuary_scheme_t scheme() const noexcept { return scheme_; }

    /// The bytes: to store them where nobody else can read them. They live as long as this does.
    bytes expose() const noexcept {
        return {secret_.get(), secret_ ? secret_.get_deleter().size : 0};
    }

    /// Its public key.
    ///
    /// Errors: OSSUARY_ERR_INVALID_ARGUMENT for a scheme that is none, OSSUARY_ERR_WRONG_LENGTH,
    /// OSSUARY_ERR_INVALID_SECRET_KEY.
    ossuary::identity identity(std::error_code &code) const {
        if (expose().size() != OSSUARY_SECRET_KEY_SIZE) {
            code = OSSUARY_ERR_WRONG_LENGTH;
            return {};
        }
        std::array<std::uint8_t, OSSUARY_MAX_PUBLIC_KEY_SIZE> key;
        std::size_t len = 0;
        code = ossuary_public_key(scheme_, secret_.get(), key.data(), key.size(), &len);
        return code ? ossuary::identity() : ossuary::identity(scheme_, {key.data(), len});
    }

    /// Signs a message as a host key is to sign it, in the process that has the key.
    ///
    /// Errors: those of `identity`; OSSUARY_ERR_CRYPTO.
    std::vector<std::uint8_t> sign(bytes message, std::error_code &code) const {
        if (expose().size() != OSSUARY_SECRET_KEY_SIZE) {
            code = OSSUARY_ERR_WRONG_LENGTH;
            return {};
        }
        std::vector<std::uint8_t> signature(OSSUARY_MAX_SIGNATURE_SIZE);
        std::size_t len = 0;
        code = ossuary_sign(scheme_, secret_.get(), message.data(), message.size(),
                            signature.data(), signature.size(), &len);
        signature.resize(code ? 0 : len);
        return signature;
    }

#if OSSUARY_EXCEPTIONS
    static secret_key generate(ossuary_scheme_t scheme) {
        return detail::or_throw([&](std::error_code &code) { return generate(scheme, code); },
                                [](std::error_code) { return detail::text_of_thread(); });
    }
    ossuary::identity identity() const {
        return detail::or_throw([&](std::error_code &code) { return identity(code); }, text_of);
    }
    std::vector<std::uint8_t> sign(bytes message) const {
        return detail::or_throw([&](std::error_code &code) { return sign(message, code); },
                                text_of);
    }
#endif

  private:
#if OSSUARY_EXCEPTIONS
    static std::string text_of(std::error_code code) {
        return code == OSSUARY_ERR_WRONG_LENGTH ? "a secret key has not the length of one"
                                                : detail::text_of_thread();
    }
#endif

    ossuary_scheme_t scheme_ = OSSUARY_NO_KEY;
    detail::wiped secret_;
};

/// The list that a key store's callback fills, while it is called.
class identity_list {
  public:
    explicit identity_list(OssuaryIdentities *list) noexcept : list_(list) {}

    /// Adds an identity behind those that are there: the preferred one comes first.
    ///
    /// Errors: OSSUARY_ERR_INVALID_ARGUMENT for a scheme that is none, OSSUARY_ERR_WRONG_LENGTH.
    void add(const identity &added, std::error_code &code) {
        code = list_ == nullptr
                   ? OSSUARY_ERR_NULL_POINTER
                   : ossuary_identities_add(list_, added.scheme, detail::place(added.public_key),
                                            added.public_key.size());
    }

#if OSSUARY_EXCEPTIONS
    void add(const identity &added) {
        detail::or_throw([&](std::error_code &code) { add(added, code); },
                         [](std::error_code) { return detail::text_of_thread(); });
    }
#endif

  private:
    OssuaryIdentities *list_;
};

/// What a key store's callback is to sign; it lives while that is called.
struct sign_request {
    /// That of this side.
    ossuary_role_t role;
    /// The key is the private half of this one.
    ossuary_scheme_t scheme;
    bytes public_key;
    /// The whole message, not hashed, of at most OSSUARY_MAX_SIGNED_SIZE bytes.
    bytes message;
};

/// The peer that a trust callback is asked about; it lives while that is called.
struct peer {
    ossuary_role_t role;
    /// What `config::set_peer_name` has set; empty where nothing was.
    std::string_view name;
    /// The key that it proved to have; of an anonymous client OSSUARY_NO_KEY, and no bytes.
    ossuary_scheme_t scheme;
    bytes public_key;
};

/// The room for a passphrase or a PIN, which is wiped after the callback that fills it.
class passphrase {
  public:
    passphrase(char *buffer, std::size_t size) noexcept : buffer_(buffer), size_(size) {}

    /// Where to write it, with a zero byte at its end; `size` bytes, with that.
    char *data() noexcept { return buffer_; }
    std::size_t size() const noexcept { return size_; }

    /// Copies one; `false` where it does not fit. What it is copied from is the program's to wipe.
    bool assign(std::string_view text) noexcept {
        if (text.size() >= size_) {
            return false;
        }
        text.copy(buffer_, text.size());
        buffer_[text.size()] = '\0';
        return true;
    }

  private:
    char *buffer_;
    std::size_t size_;
};

namespace detail {

/// Callbacks on the heap, as C holds them.
template <class Identities, class Sign> struct key_callbacks {
    Identities identities;
    Sign sign;

    static ossuary_status_t list(void *self, OssuaryIdentities *list) noexcept {
        return guarded(OSSUARY_ERR_KEY_BROKEN, [&]() -> ossuary_status_t {
            identity_list identities_of(list);
            return static_cast<key_callbacks *>(self)->identities(identities_of);
        });
    }

    static ossuary_status_t make(void *self, ossuary_role_t role, ossuary_scheme_t scheme,
                                 const std::uint8_t *public_key, std::size_t public_key_len,
                                 const std::uint8_t *message, std::size_t message_len,
                                 std::uint8_t *signature, std::size_t signature_len) noexcept {
        return guarded(OSSUARY_ERR_KEY_BROKEN, [&]() -> ossuary_status_t {
            const sign_request request{
                role, scheme, {public_key, public_key_len}, {message, message_len}};
            return static_cast<key_callbacks *>(self)->sign(
                request, mutable_bytes(signature, signature_len));
        });
    }

    static void free(void *self) noexcept { delete static_cast<key_callbacks *>(self); }
};

template <class Trust> struct trust_callback {
    Trust trust;

    static ossuary_verdict_t judge(void *self, ossuary_role_t role, const char *name,
                                   ossuary_scheme_t scheme, const std::uint8_t *public_key,
                                   std::size_t public_key_len) noexcept {
        // What is no verdict says that the policy cannot tell.
        return guarded(static_cast<ossuary_verdict_t>(-1), [&]() -> ossuary_verdict_t {
            const peer asked{role,
                             name != nullptr ? name : std::string_view(),
                             scheme,
                             {public_key, public_key_len}};
            return static_cast<trust_callback *>(self)->trust(asked);
        });
    }

    static void free(void *self) noexcept { delete static_cast<trust_callback *>(self); }
};

template <class Ask> struct passphrase_callback {
    Ask ask;

    static ossuary_status_t fill(void *self, const char *what, std::uint32_t attempt, char *buffer,
                                 std::size_t size) noexcept {
        return guarded(OSSUARY_ERR_KEY_CANCELLED, [&]() -> ossuary_status_t {
            passphrase room(buffer, size);
            const bool given = static_cast<passphrase_callback *>(self)->ask(std::string_view(what),
                                                                             attempt, room);
            return given ? OSSUARY_OK : OSSUARY_ERR_KEY_CANCELLED;
        });
    }

    static void free(void *self) noexcept { delete static_cast<passphrase_callback *>(self); }
};

} // namespace detail

/// What connections are made of: a role, host keys, whom to trust. It serves any number of
/// connections; what is changed in it later is for those that are made later.
///
/// Callbacks are objects that can be called, and are kept until nothing uses them any more. They
/// are called on the threads that use this configuration's connections, on several at once where
/// those do, and must not use the connection they are called for (OSSUARY_ERR_BUSY). What they
/// throw goes no further: it counts as a key store that is broken, a policy that cannot tell, a
/// person who gave no passphrase.
class config : public detail::object<OssuaryConfig> {
  public:
    /// Without a host key a client is anonymous, and no server can be made.
    ///
    /// Errors: OSSUARY_ERR_INVALID_ARGUMENT for a role that is none.
    config(ossuary_role_t role, std::error_code &code) noexcept
        : object(ossuary_create_config(role)) {
        code = get() != nullptr ? OSSUARY_OK : ossuary_last_error_code(nullptr);
    }

    /// Takes over one that a function of ossuary.h has made.
    explicit config(OssuaryConfig *taken) noexcept : object(taken) {}

    /// Adds a host key in memory, of which a copy is kept, behind those that are there. A key
    /// store that was set before is given up.
    ///
    /// Errors: OSSUARY_ERR_INVALID_ARGUMENT for a scheme that is none, OSSUARY_ERR_WRONG_LENGTH,
    /// OSSUARY_ERR_INVALID_SECRET_KEY.
    void add_secret_key(const secret_key &key, std::error_code &code) noexcept {
        const bytes secret = key.expose();
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_add_secret_key(self, key.scheme(), detail::place(secret),
                                                 secret.size());
        });
    }

    /// Adds the host key in a private key file of OpenSSH's format, without a passphrase.
    ///
    /// Errors: OSSUARY_ERR_NOT_BUILT, those of the class OSSUARY_CLASS_KEY_STORE,
    /// OSSUARY_ERR_INVALID_ARGUMENT where the path is not UTF-8.
    void add_key_file(const std::string &path, std::error_code &code) noexcept {
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_add_key_file(self, path.c_str(), nullptr, nullptr, nullptr);
        });
    }

    /// The same, with `ask` for the passphrase where the file has one, three times at most and
    /// inside of this call: `bool ask(std::string_view path, std::uint32_t attempt, passphrase &)`.
    template <class Ask>
    void add_key_file(const std::string &path, Ask ask, std::error_code &code) {
        using callback = detail::passphrase_callback<Ask>;
        std::unique_ptr<callback> kept(new callback{std::move(ask)});
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_add_key_file(self, path.c_str(), &callback::fill, kept.release(),
                                               &callback::free);
        });
    }

    /// Has the keys of the ssh-agent used that listens at the socket `path`. Keys and stores that
    /// were there before are given up.
    ///
    /// Errors: OSSUARY_ERR_NOT_BUILT, OSSUARY_ERR_KEY_NOT_FOUND.
    void use_agent(const std::string &path, std::error_code &code) noexcept {
        code =
            call([&](OssuaryConfig *self) { return ossuary_config_use_agent(self, path.c_str()); });
    }

    /// The same, of the agent that SSH_AUTH_SOCK names.
    void use_agent(std::error_code &code) noexcept {
        code = call([](OssuaryConfig *self) { return ossuary_config_use_agent(self, nullptr); });
    }

    /// Has the key used that the operating system's keystore has as the item `name` of `service`.
    /// Keys and stores that were there before are given up.
    ///
    /// Errors: OSSUARY_ERR_NOT_BUILT, OSSUARY_ERR_INVALID_ARGUMENT, those of the class
    /// OSSUARY_CLASS_KEY_STORE.
    void use_os_keystore(const std::string &service, const std::string &name,
                         std::error_code &code) noexcept {
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_use_os_keystore(self, service.c_str(), name.c_str());
        });
    }

    /// Has the keys used that a PKCS#11 URI names, in a token that needs no PIN. Keys and stores
    /// that were there before are given up.
    ///
    /// Errors: OSSUARY_ERR_NOT_BUILT, OSSUARY_ERR_INVALID_ARGUMENT for a URI that is none, those
    /// of the class OSSUARY_CLASS_KEY_STORE.
    void use_pkcs11(const std::string &uri, std::error_code &code) noexcept {
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_use_pkcs11(self, uri.c_str(), nullptr, nullptr, nullptr);
        });
    }

    /// The same, with `ask` for the PIN, inside of this call and of later ones that find the user
    /// logged out: `bool ask(std::string_view token, std::uint32_t attempt, passphrase &)`.
    /// `attempt` is 2 where the PIN that was given last was wrong: who does not ask a person
    /// gives none then, or locks the token.
    template <class Ask> void use_pkcs11(const std::string &uri, Ask ask, std::error_code &code) {
        using callback = detail::passphrase_callback<Ask>;
        std::unique_ptr<callback> kept(new callback{std::move(ask)});
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_use_pkcs11(self, uri.c_str(), &callback::fill, kept.release(),
                                             &callback::free);
        });
    }

    /// Has host keys listed and used by callbacks. Keys and stores that were there before are
    /// given up.
    ///
    /// - `ossuary_status_t identities(identity_list &)`, when a connection is made;
    /// - `ossuary_status_t sign(const sign_request &, mutable_bytes signature)`, inside of
    ///   `connection::send`. It fills the signature, which has the length of the scheme's, and
    ///   returns OSSUARY_OK; or OSSUARY_PENDING, and `connection::provide_signature` brings it.
    ///
    /// Either may return one of OSSUARY_ERR_KEY_..., after which the call that asked can be
    /// repeated; other numbers are OSSUARY_ERR_KEY_BROKEN.
    template <class Identities, class Sign>
    void set_key_callbacks(Identities identities, Sign sign, std::error_code &code) {
        using callbacks = detail::key_callbacks<Identities, Sign>;
        std::unique_ptr<callbacks> kept(new callbacks{std::move(identities), std::move(sign)});
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_set_key_callbacks(self, &callbacks::list, &callbacks::make,
                                                    kept.release(), &callbacks::free);
        });
    }

    /// Chooses which of the host keys to use; that of nobody takes the choice back.
    ///
    /// Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_WRONG_LENGTH.
    void set_identity(const identity &chosen, std::error_code &code) noexcept {
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_set_identity(self, chosen.scheme, chosen.public_key.data(),
                                               chosen.public_key.size());
        });
    }

    /// Authorizes a peer's key, on every connection that is made later.
    ///
    /// Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_WRONG_LENGTH.
    void authorize(const identity &peer_key, std::error_code &code) noexcept {
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_authorize(self, peer_key.scheme,
                                            detail::place(peer_key.public_key),
                                            peer_key.public_key.size());
        });
    }

    /// Sets whom to trust besides. It replaces any policy that was set before.
    ///
    /// Errors: OSSUARY_ERR_INVALID_ARGUMENT.
    void set_trust(ossuary_trust_t trust, std::error_code &code) noexcept {
        code = call([&](OssuaryConfig *self) { return ossuary_config_set_trust(self, trust); });
    }

    /// Has a callback decide, inside of `connection::receive`, once for each connection:
    /// `ossuary_verdict_t trust(const peer &)`. It replaces any policy that was set before.
    template <class Trust> void set_trust_callback(Trust trust, std::error_code &code) {
        using callback = detail::trust_callback<Trust>;
        std::unique_ptr<callback> kept(new callback{std::move(trust)});
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_set_trust_callback(self, &callback::judge, kept.release(),
                                                     &callback::free);
        });
    }

    /// Trusts the keys in a file of OpenSSH's `authorized_keys` format, and no others.
    ///
    /// Errors: OSSUARY_ERR_NOT_BUILT, OSSUARY_ERR_TRUST where the file cannot be read or has a
    /// line that is wrong.
    void trust_authorized_keys_file(const std::string &path, std::error_code &code) noexcept {
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_trust_authorized_keys_file(self, path.c_str());
        });
    }

    /// Knows peers by their names from a file of OpenSSH's `known_hosts` format, and has the
    /// program decide about others.
    ///
    /// Errors: as those of `trust_authorized_keys_file`.
    void trust_known_hosts_file(const std::string &path, std::error_code &code) noexcept {
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_trust_known_hosts_file(self, path.c_str());
        });
    }

    /// Sets the name by which the program knows the peer, for the trust policy; it is not sent.
    ///
    /// Errors: OSSUARY_ERR_INVALID_ARGUMENT where it is not UTF-8.
    void set_peer_name(const std::string &name, std::error_code &code) noexcept {
        code = call(
            [&](OssuaryConfig *self) { return ossuary_config_set_peer_name(self, name.c_str()); });
    }

    /// Takes the name back.
    void clear_peer_name(std::error_code &code) noexcept {
        code =
            call([](OssuaryConfig *self) { return ossuary_config_set_peer_name(self, nullptr); });
    }

    /// Sets bytes that both sides have to agree on, which are copied; none take them back.
    void set_prologue(bytes prologue, std::error_code &code) noexcept {
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_set_prologue(self, prologue.data(), prologue.size());
        });
    }

    /// Sets a secret key that both sides have beforehand, of at least 16 random bytes, which is
    /// copied; none takes it back. One that is shorter is refused when a connection is made.
    void set_pre_shared_key(bytes key, std::error_code &code) noexcept {
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_set_pre_shared_key(self, key.data(), key.size());
        });
    }

    /// Sets how long a side waits for a packet that is due, at first 3 seconds, and for one whose
    /// sender may be asking a person, at first 60.
    ///
    /// Errors: OSSUARY_ERR_INVALID_ARGUMENT where one of them is not above 0.
    void set_timeouts(std::chrono::milliseconds packet, std::chrono::milliseconds person,
                      std::error_code &code) noexcept {
        const auto count = [](std::chrono::milliseconds time) {
            return time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0;
        };
        code = call([&](OssuaryConfig *self) {
            return ossuary_config_set_timeouts(self, count(packet), count(person));
        });
    }

#if OSSUARY_EXCEPTIONS
    explicit config(ossuary_role_t role) : object(ossuary_create_config(role)) {
        if (get() == nullptr) {
            detail::check(ossuary_last_error_code(nullptr), detail::text_of_thread());
        }
    }
    void add_secret_key(const secret_key &key) {
        or_throw([&](std::error_code &code) { add_secret_key(key, code); });
    }
    void add_key_file(const std::string &path) {
        or_throw([&](std::error_code &code) { add_key_file(path, code); });
    }
    template <class Ask,
              std::enable_if_t<!std::is_same_v<std::decay_t<Ask>, std::error_code>, int> = 0>
    void add_key_file(const std::string &path, Ask ask) {
        or_throw([&](std::error_code &code) { add_key_file(path, std::move(ask), code); });
    }
    void use_agent() {
        or_throw([&](std::error_code &code) { use_agent(code); });
    }
    void use_agent(const std::string &path) {
        or_throw([&](std::error_code &code) { use_agent(path, code); });
    }
    void use_os_keystore(const std::string &service, const std::string &name) {
        or_throw([&](std::error_code &code) { use_os_keystore(service, name, code); });
    }
    void use_pkcs11(const std::string &uri) {
        or_throw([&](std::error_code &code) { use_pkcs11(uri, code); });
    }
    template <class Ask,
              std::enable_if_t<!std::is_same_v<std::decay_t<Ask>, std::error_code>, int> = 0>
    void use_pkcs11(const std::string &uri, Ask ask) {
        or_throw([&](std::error_code &code) { use_pkcs11(uri, std::move(ask), code); });
    }
    template <class Identities, class Sign>
    void set_key_callbacks(Identities identities, Sign sign) {
        or_throw([&](std::error_code &code) {
            set_key_callbacks(std::move(identities), std::move(sign), code);
        });
    }
    void set_identity(const identity &chosen) {
        or_throw([&](std::error_code &code) { set_identity(chosen, code); });
    }
    void authorize(const identity &peer_key) {
        or_throw([&](std::error_code &code) { authorize(peer_key, code); });
    }
    void set_trust(ossuary_trust_t trust) {
        or_throw([&](std::error_code &code) { set_trust(trust, code); });
    }
    template <class Trust> void set_trust_callback(Trust trust) {
        or_throw([&](std::error_code &code) { set_trust_callback(std::move(trust), code); });
    }
    void trust_authorized_keys_file(const std::string &path) {
        or_throw([&](std::error_code &code) { trust_authorized_keys_file(path, code); });
    }
    void trust_known_hosts_file(const std::string &path) {
        or_throw([&](std::error_code &code) { trust_known_hosts_file(path, code); });
    }
    void set_peer_name(const std::string &name) {
        or_throw([&](std::error_code &code) { set_peer_name(name, code); });
    }
    void clear_peer_name() {
        or_throw([&](std::error_code &code) { clear_peer_name(code); });
    }
    void set_prologue(bytes prologue) {
        or_throw([&](std::error_code &code) { set_prologue(prologue, code); });
    }
    void set_pre_shared_key(bytes key) {
        or_throw([&](std::error_code &code) { set_pre_shared_key(key, code); });
    }
    void set_timeouts(std::chrono::milliseconds packet, std::chrono::milliseconds person) {
        or_throw([&](std::error_code &code) { set_timeouts(packet, person, code); });
    }
#endif
};

/// The sending half of a channel (`connection::split`), for another thread. While nobody uses it,
/// it can be moved to whichever.
class sender : public detail::object<OssuarySender> {
  public:
    /// None: to be assigned to.
    sender() noexcept = default;

    /// Takes over one that a function of ossuary.h has made.
    explicit sender(OssuarySender *taken) noexcept : object(taken) {}

    /// As `connection::seal`.
    std::size_t seal(bytes plaintext, mutable_bytes out, std::error_code &code) noexcept {
        std::size_t len = 0;
        code = call([&](OssuarySender *self) {
            return ossuary_sender_seal(self, plaintext.data(), plaintext.size(), out.data(),
                                       out.size(), &len);
        });
        return len;
    }

    /// As `connection::seal_in_place`.
    std::size_t seal_in_place(mutable_bytes buffer, std::size_t plaintext_len,
                              std::error_code &code) noexcept {
        std::size_t len = 0;
        std::uint8_t nowhere = 0;
        code = call([&](OssuarySender *self) {
            return ossuary_sender_seal_in_place(self,
                                                buffer.data() != nullptr ? buffer.data() : &nowhere,
                                                buffer.size(), plaintext_len, &len);
        });
        return len;
    }

    /// As `connection::seal_padded`.
    std::size_t seal_padded(bytes plaintext, std::size_t padded_len, mutable_bytes out,
                            std::error_code &code) noexcept {
        std::size_t len = 0;
        code = call([&](OssuarySender *self) {
            return ossuary_sender_seal_padded(self, plaintext.data(), plaintext.size(), padded_len,
                                              out.data(), out.size(), &len);
        });
        return len;
    }

    /// As `connection::rekey`.
    void rekey(std::error_code &code) noexcept {
        code = call([](OssuarySender *self) { return ossuary_sender_rekey(self); });
    }

    /// Writes the packet of a clean close to the front of `out`, OSSUARY_CLOSE_SIZE bytes, and
    /// returns its length. Nothing can be sealed afterwards.
    ///
    /// Errors: OSSUARY_ERR_BUFFER_TOO_SMALL, and the size that is needed is returned;
    /// OSSUARY_ERR_CONNECTION_CLOSED where it was closed before.
    std::size_t close(mutable_bytes out, std::error_code &code) noexcept {
        std::size_t len = 0;
        code = call([&](OssuarySender *self) {
            return ossuary_sender_close(self, out.data(), out.size(), &len);
        });
        return len;
    }

    /// How many records have been sent, over all handshakes of the connection.
    std::uint64_t records_sent() const noexcept { return ossuary_sender_records_sent(get()); }

#if OSSUARY_EXCEPTIONS
    std::size_t seal(bytes plaintext, mutable_bytes out) {
        return or_throw([&](std::error_code &code) { return seal(plaintext, out, code); });
    }
    std::size_t seal_in_place(mutable_bytes buffer, std::size_t plaintext_len) {
        return or_throw(
            [&](std::error_code &code) { return seal_in_place(buffer, plaintext_len, code); });
    }
    std::size_t seal_padded(bytes plaintext, std::size_t padded_len, mutable_bytes out) {
        return or_throw(
            [&](std::error_code &code) { return seal_padded(plaintext, padded_len, out, code); });
    }
    void rekey() {
        or_throw([&](std::error_code &code) { rekey(code); });
    }
    std::size_t close(mutable_bytes out) {
        return or_throw([&](std::error_code &code) { return close(out, code); });
    }
#endif
};

/// What `connection::receive` found.
struct received {
    ossuary_event_t event = OSSUARY_EVENT_NONE;
    /// How many bytes at the front of the buffer are done with.
    std::size_t consumed = 0;
    /// Of OSSUARY_EVENT_RECORD: the plaintext, inside of the buffer that was given.
    mutable_bytes plaintext;
    /// Of OSSUARY_EVENT_NEED_BYTES: how many more bytes are needed at least.
    std::size_t need = 0;
};

/// What became of the records that this side had sent when the channel was reset: the first
/// `received` of them arrived, and the others did not.
struct delivery {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    /// Not in protocol 1, which tells nobody what arrived.
    bool counted = false;
};

/// Why a connection failed, or its channel was reset.
struct cause {
    /// OSSUARY_OK where it did not, or was not.
    std::error_code code;
    /// What stands in the packet that tells the other side of it.
    std::uint8_t reason = 0;
    /// For people.
    std::string text;
};

/// One end of a secure channel. It does no input or output: the program carries bytes between it
/// and its stream.
class connection : public detail::object<OssuaryConnection> {
  public:
    /// None: to be assigned to.
    connection() noexcept = default;

    /// Takes over one that a function of ossuary.h has made.
    explicit connection(OssuaryConnection *taken) noexcept : object(taken) {}

    /// Makes one of protocol 2. Key store callbacks are called inside of this.
    ///
    /// Errors: OSSUARY_ERR_NO_HOST_KEY, OSSUARY_ERR_UNKNOWN_IDENTITY,
    /// OSSUARY_ERR_SCHEME_NOT_IN_SUITE, OSSUARY_ERR_PRE_SHARED_KEY_TOO_SHORT, OSSUARY_ERR_CRYPTO,
    /// those of the class OSSUARY_CLASS_KEY_STORE. The text is that of `config::last_error`.
    connection(config &of, std::error_code &code) noexcept {
        make(of, code, [](OssuaryConfig *from, OssuaryConnection **made) {
            return ossuary_create_connection_with(from, made);
        });
    }

    /// Makes one of protocol 1, that of 2019, for a peer that speaks no other. It has less; see
    /// `ossuary_create_connection_v1`.
    ///
    /// Errors: OSSUARY_ERR_NOT_BUILT, OSSUARY_ERR_SCHEME_NOT_IN_PROTOCOL_1,
    /// OSSUARY_ERR_NOT_IN_PROTOCOL_1, and those of protocol 2.
    static connection v1(config &of, std::error_code &code) noexcept {
        connection made_of;
        made_of.make(of, code, [](OssuaryConfig *from, OssuaryConnection **made) {
            return ossuary_create_connection_v1(from, made);
        });
        return made_of;
    }

    /// The status of the call whose text `last_error` has.
    std::error_code last_error_code() const noexcept { return ossuary_last_error_code(get()); }

    /// What it is doing; OSSUARY_STATE_NONE where it is empty.
    ossuary_state_t state() const noexcept { return ossuary_state(get()); }
    /// The version of the protocol that it speaks: 2 or 1; 0 where it is empty.
    std::uint8_t protocol() const noexcept { return ossuary_protocol(get()); }
    /// The longest plaintext of a record, in bytes.
    std::size_t max_plaintext() const noexcept { return ossuary_max_plaintext(get()); }
    /// How many bytes longer a record is than its plaintext.
    std::size_t record_overhead() const noexcept { return ossuary_record_overhead(get()); }

    /// How many bytes `send` needs; 0 where it has nothing to write. Nothing is received before
    /// that is written.
    std::size_t send_len() const noexcept { return ossuary_send_len(get()); }

    /// Writes the next packet of the protocol's own to the front of `out`, and returns its
    /// length; 0 where there is none. The bytes are to be sent before any record that is sealed
    /// later. This is where the key store is asked for a signature.
    ///
    /// Errors: OSSUARY_ERR_BUFFER_TOO_SMALL, and the size that is needed is returned, and those of
    /// the class OSSUARY_CLASS_KEY_STORE: the call can be repeated. OSSUARY_ERR_SPLIT; those of
    /// the class OSSUARY_CLASS_CRYPTO.
    std::size_t send(mutable_bytes out, std::error_code &code) noexcept {
        std::size_t len = 0;
        code = call([&](OssuaryConnection *self) {
            return ossuary_send(self, out.data(), out.size(), &len);
        });
        return len;
    }

    /// Takes the next packet at the front of `buffer`, bytes as they came from the stream, and
    /// opens it where it stands. At most one packet is taken; what there is less or more of one
    /// stays. The trust callback is called inside of this.
    ///
    /// Errors: those of the classes OSSUARY_CLASS_PEER and OSSUARY_CLASS_CRYPTO, and
    /// OSSUARY_ERR_TRUST: the connection has ended, and `send` may have the packet that tells the
    /// peer. After that OSSUARY_ERR_CONNECTION_FAILED or OSSUARY_ERR_CONNECTION_CLOSED.
    ossuary::received receive(mutable_bytes buffer, std::error_code &code) noexcept {
        ossuary_received_t found{};
        code = call([&](OssuaryConnection *self) {
            return ossuary_receive(self, buffer.data(), buffer.size(), &found);
        });
        return {found.event, found.consumed, {found.plaintext, found.plaintext_len}, found.need};
    }

    /// Seals `plaintext` as one record to the front of `out`, and returns its length:
    /// `record_overhead` bytes more than the plaintext's. The buffers must not overlap.
    ///
    /// Errors: OSSUARY_ERR_NOT_OPEN, OSSUARY_ERR_RECORD_TOO_LONG, OSSUARY_ERR_BUFFER_TOO_SMALL,
    /// and the size that is needed is returned, OSSUARY_ERR_COUNTER_EXHAUSTED,
    /// OSSUARY_ERR_OVERLAP, OSSUARY_ERR_SPLIT, OSSUARY_ERR_CONNECTION_CLOSED,
    /// OSSUARY_ERR_CONNECTION_FAILED.
    std::size_t seal(bytes plaintext, mutable_bytes out, std::error_code &code) noexcept {
        std::size_t len = 0;
        code = call([&](OssuaryConnection *self) {
            return ossuary_seal(self, plaintext.data(), plaintext.size(), out.data(), out.size(),
                                &len);
        });
        return len;
    }

    /// Seals in place: `buffer` has the plaintext of `plaintext_len` bytes at
    /// OSSUARY_PLAINTEXT_OFFSET, and gets the record, whose length is returned.
    ///
    /// Errors: as those of `seal`; the buffer is then as it was.
    std::size_t seal_in_place(mutable_bytes buffer, std::size_t plaintext_len,
                              std::error_code &code) noexcept {
        std::size_t len = 0;
        std::uint8_t nowhere = 0;
        code = call([&](OssuaryConnection *self) {
            return ossuary_seal_in_place(self, buffer.data() != nullptr ? buffer.data() : &nowhere,
                                         buffer.size(), plaintext_len, &len);
        });
        return len;
    }

    /// Seals with padding: the record is as long as one of `padded_len` bytes, at least one more
    /// than the plaintext's.
    ///
    /// Errors: as those of `seal`; OSSUARY_ERR_PADDED_TOO_SHORT, OSSUARY_ERR_NOT_IN_PROTOCOL_1.
    std::size_t seal_padded(bytes plaintext, std::size_t padded_len, mutable_bytes out,
                            std::error_code &code) noexcept {
        std::size_t len = 0;
        code = call([&](OssuaryConnection *self) {
            return ossuary_seal_padded(self, plaintext.data(), plaintext.size(), padded_len,
                                       out.data(), out.size(), &len);
        });
        return len;
    }

    /// Goes on with a new key after the next record.
    ///
    /// Errors: OSSUARY_ERR_NOT_OPEN, OSSUARY_ERR_SPLIT, OSSUARY_ERR_NOT_IN_PROTOCOL_1,
    /// OSSUARY_ERR_CONNECTION_CLOSED, OSSUARY_ERR_CONNECTION_FAILED.
    void rekey(std::error_code &code) noexcept {
        code = call([](OssuaryConnection *self) { return ossuary_rekey(self); });
    }

    /// Ends the connection: `send` then has the last packet. An open channel is closed in good
    /// order, unless `with_error`.
    ///
    /// Errors: OSSUARY_ERR_SPLIT.
    void disconnect(bool with_error, std::error_code &code) noexcept {
        code = call(
            [&](OssuaryConnection *self) { return ossuary_disconnect(self, with_error ? 1 : 0); });
    }

    /// Says that the stream has ended: nothing more will come.
    ///
    /// Errors: OSSUARY_ERR_STREAM_ENDED where the channel was not closed in good order before, and
    /// data may be missing; OSSUARY_ERR_CONNECTION_FAILED where it had failed.
    void end_of_stream(std::error_code &code) noexcept {
        code = call([](OssuaryConnection *self) { return ossuary_end_of_stream(self); });
    }

    /// Tells the time, of a clock that does not go back, whatever it began at:
    /// `ossuary::time_now` is one. Returns whether a timeout has come; the channel is then reset.
    ///
    /// Errors: OSSUARY_ERR_TOO_MANY_RESETS: the connection has ended.
    bool advance(std::chrono::milliseconds now, std::error_code &code) noexcept {
        std::int32_t timed_out = 0;
        const auto count = now.count() > 0 ? static_cast<std::uint64_t>(now.count()) : 0;
        code =
            call([&](OssuaryConnection *self) { return ossuary_advance(self, count, &timed_out); });
        return timed_out != 0;
    }

    /// When the next timeout comes, on the clock that `advance` tells; nothing where none is
    /// waited for.
    std::optional<std::chrono::milliseconds> deadline() const noexcept {
        const std::uint64_t at = ossuary_deadline(get());
        if (at == UINT64_MAX) {
            return std::nullopt;
        }
        using count = std::chrono::milliseconds::rep;
        const auto most = static_cast<std::uint64_t>(std::chrono::milliseconds::max().count());
        return std::chrono::milliseconds(static_cast<count>(at < most ? at : most));
    }

    /// Why the connection failed.
    cause failure() {
        return told([](OssuaryConnection *self, std::uint8_t *reason) {
            return ossuary_failure(self, reason);
        });
    }

    /// Why the channel was reset last; OSSUARY_ERR_RESET_BY_PEER where the peer did.
    cause last_reset() {
        return told([](OssuaryConnection *self, std::uint8_t *reason) {
            return ossuary_last_reset(self, reason);
        });
    }

    /// How many records this side has received, over all handshakes.
    std::uint64_t records_received() const noexcept { return ossuary_records_received(get()); }

    /// How many records this side has sent; after a recovery, counted on from what the peer has
    /// received.
    std::uint64_t records_sent() const noexcept { return ossuary_records_sent(get()); }

    /// What became of the records that had been sent when the channel was reset: once after a
    /// recovery. Take it before sending again.
    ///
    /// Errors: OSSUARY_ERR_SPLIT.
    std::optional<ossuary::delivery> take_delivery(std::error_code &code) noexcept {
        ossuary_delivery_t told_of{};
        std::int32_t present = 0;
        code = call([&](OssuaryConnection *self) {
            return ossuary_take_delivery(self, &told_of, &present);
        });
        if (present == 0) {
            return std::nullopt;
        }
        return ossuary::delivery{told_of.sent, told_of.received, told_of.counted != 0};
    }

    /// Bytes that name this handshake and everything in it, the same on both sides: 32 or 48. They
    /// are not secret. A recovery changes them.
    ///
    /// Errors: OSSUARY_ERR_NOT_OPEN, OSSUARY_ERR_NOT_IN_PROTOCOL_1, OSSUARY_ERR_CONNECTION_CLOSED,
    /// OSSUARY_ERR_CONNECTION_FAILED.
    std::vector<std::uint8_t> channel_binding(std::error_code &code) {
        return fetch<64>(code, [](OssuaryConnection *self, mutable_bytes out, std::size_t *len) {
            return ossuary_channel_binding(self, out.data(), out.size(), len);
        });
    }

    /// Fills `out` with secret bytes that only the two ends of this handshake know: the same for
    /// the same label, of at most 255 bytes, context and length. A recovery changes them. `out`
    /// must not overlap the others.
    ///
    /// Errors: as those of `channel_binding`; OSSUARY_ERR_EXPORT_TOO_LONG, OSSUARY_ERR_OVERLAP,
    /// OSSUARY_ERR_CRYPTO.
    void export_keying_material(bytes label, bytes context, mutable_bytes out,
                                std::error_code &code) noexcept {
        code = call([&](OssuaryConnection *self) {
            return ossuary_export_keying_material(self, label.data(), label.size(), context.data(),
                                                  context.size(), out.data(), out.size());
        });
    }

    /// This side's public key; nobody's of an anonymous client.
    identity local_identity(std::error_code &code) {
        return fetch_identity(
            code, [](auto... arguments) { return ossuary_local_identity(arguments...); });
    }

    /// The public key that the peer proved to have; nobody's before it is verified and trusted,
    /// and of an anonymous client.
    identity remote_identity(std::error_code &code) {
        return fetch_identity(
            code, [](auto... arguments) { return ossuary_remote_identity(arguments...); });
    }

    /// The public key of the peer that waits for the program's decision; nobody's where none does.
    identity undecided_peer(std::error_code &code) {
        return fetch_identity(
            code, [](auto... arguments) { return ossuary_undecided_peer(arguments...); });
    }

    /// Authorizes a key on this connection; the peer that waits for a decision is then trusted,
    /// where it is its key.
    ///
    /// Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_WRONG_LENGTH, OSSUARY_ERR_SPLIT,
    /// OSSUARY_ERR_CRYPTO.
    void authorize(const identity &peer_key, std::error_code &code) noexcept {
        code = call([&](OssuaryConnection *self) {
            return ossuary_authorize(self, peer_key.scheme, detail::place(peer_key.public_key),
                                     peer_key.public_key.size());
        });
    }

    /// Decides about the peer that waits for it. A refusal ends the connection, and is no error.
    ///
    /// Errors: OSSUARY_ERR_NO_DECISION_PENDING, OSSUARY_ERR_SPLIT, OSSUARY_ERR_CRYPTO.
    void decide(bool trusted, std::error_code &code) noexcept {
        code = call([&](OssuaryConnection *self) { return ossuary_decide(self, trusted ? 1 : 0); });
    }
    /// What is no `bool` is no decision: a verdict would trust where it refuses.
    template <class T> void decide(T, std::error_code &) = delete;

    /// What this side's host key is to sign, where the signing callback left it for later: at most
    /// OSSUARY_MAX_SIGNED_SIZE bytes, not hashed; none where no signature is pending.
    std::vector<std::uint8_t> pending_signature(std::error_code &code) {
        return fetch<OSSUARY_MAX_SIGNED_SIZE>(
            code, [](OssuaryConnection *self, mutable_bytes out, std::size_t *len) {
                return ossuary_pending_signature(self, out.data(), out.size(), len);
            });
    }

    /// Brings that signature. It is verified, and `send` then goes on.
    ///
    /// Errors, after which another can be brought: OSSUARY_ERR_NO_SIGNATURE_PENDING,
    /// OSSUARY_ERR_WRONG_LENGTH, OSSUARY_ERR_KEY_BROKEN where it is not that of the host key over
    /// the pending message.
    void provide_signature(bytes signature, std::error_code &code) noexcept {
        code = call([&](OssuaryConnection *self) {
            return ossuary_provide_signature(self, detail::place(signature), signature.size());
        });
    }

    /// Splits the sending half off an open channel, for another thread. This stays the other half.
    ///
    /// Errors: OSSUARY_ERR_NOT_OPEN, OSSUARY_ERR_SPLIT where it is split already,
    /// OSSUARY_ERR_NOT_IN_PROTOCOL_1.
    sender split(std::error_code &code) noexcept {
        OssuarySender *half = nullptr;
        code = call([&](OssuaryConnection *self) { return ossuary_split(self, &half); });
        return sender(half);
    }

    /// Whether the halves are to be joined, as the channel is no longer open.
    bool needs_join() const noexcept { return ossuary_needs_join(get()) != 0; }

    /// Makes the halves one again; `half` is then empty.
    ///
    /// Errors, after which both are as they were: OSSUARY_ERR_FOREIGN_HALF,
    /// OSSUARY_ERR_NULL_POINTER, OSSUARY_ERR_BUSY while a thread is sending, OSSUARY_ERR_NOT_OPEN
    /// where this is not split.
    void join(sender &half, std::error_code &code) noexcept {
        OssuarySender *joined = half.get();
        code = call([&](OssuaryConnection *self) { return ossuary_join(self, &joined); });
        if (half && joined == nullptr) {
            static_cast<void>(half.release());
        }
    }

#if OSSUARY_EXCEPTIONS
    explicit connection(config &of)
        : connection(
              made_or_throw(of, [&](std::error_code &code) { return connection(of, code); })) {}
    static connection v1(config &of) {
        return made_or_throw(of, [&](std::error_code &code) { return v1(of, code); });
    }
    std::size_t send(mutable_bytes out) {
        return or_throw([&](std::error_code &code) { return send(out, code); });
    }
    ossuary::received receive(mutable_bytes buffer) {
        return or_throw([&](std::error_code &code) { return receive(buffer, code); });
    }
    std::size_t seal(bytes plaintext, mutable_bytes out) {
        return or_throw([&](std::error_code &code) { return seal(plaintext, out, code); });
    }
    std::size_t seal_in_place(mutable_bytes buffer, std::size_t plaintext_len) {
        return or_throw(
            [&](std::error_code &code) { return seal_in_place(buffer, plaintext_len, code); });
    }
    std::size_t seal_padded(bytes plaintext, std::size_t padded_len, mutable_bytes out) {
        return or_throw(
            [&](std::error_code &code) { return seal_padded(plaintext, padded_len, out, code); });
    }
    void rekey() {
        or_throw([&](std::error_code &code) { rekey(code); });
    }
    void disconnect(bool with_error) {
        or_throw([&](std::error_code &code) { disconnect(with_error, code); });
    }
    void end_of_stream() {
        or_throw([&](std::error_code &code) { end_of_stream(code); });
    }
    bool advance(std::chrono::milliseconds now) {
        return or_throw([&](std::error_code &code) { return advance(now, code); });
    }
    std::optional<ossuary::delivery> take_delivery() {
        return or_throw([&](std::error_code &code) { return take_delivery(code); });
    }
    std::vector<std::uint8_t> channel_binding() {
        return or_throw([&](std::error_code &code) { return channel_binding(code); });
    }
    void export_keying_material(bytes label, bytes context, mutable_bytes out) {
        or_throw([&](std::error_code &code) { export_keying_material(label, context, out, code); });
    }
    identity local_identity() {
        return or_throw([&](std::error_code &code) { return local_identity(code); });
    }
    identity remote_identity() {
        return or_throw([&](std::error_code &code) { return remote_identity(code); });
    }
    identity undecided_peer() {
        return or_throw([&](std::error_code &code) { return undecided_peer(code); });
    }
    void authorize(const identity &peer_key) {
        or_throw([&](std::error_code &code) { authorize(peer_key, code); });
    }
    template <class T> void decide(T) = delete;
    void decide(bool trusted) {
        or_throw([&](std::error_code &code) { decide(trusted, code); });
    }
    std::vector<std::uint8_t> pending_signature() {
        return or_throw([&](std::error_code &code) { return pending_signature(code); });
    }
    void provide_signature(bytes signature) {
        or_throw([&](std::error_code &code) { provide_signature(signature, code); });
    }
    sender split() {
        return or_throw([&](std::error_code &code) { return split(code); });
    }
    void join(sender &half) {
        or_throw([&](std::error_code &code) { join(half, code); });
    }
#endif

  private:
    template <class F> void make(config &of, std::error_code &code, F create) noexcept {
        OssuaryConnection *made = nullptr;
        code = of ? create(of.get(), &made) : OSSUARY_ERR_NULL_POINTER;
        set(made);
    }

#if OSSUARY_EXCEPTIONS
    template <class F> static connection made_or_throw(config &of, F make) {
        return detail::or_throw(
            make, [&](std::error_code) { return of ? of.last_error() : detail::text_of_empty(); });
    }
#endif

    template <class F> cause told(F ask) {
        cause found;
        found.code = call([&](OssuaryConnection *self) { return ask(self, &found.reason); });
        if (found.code) {
            found.text = last_error();
        }
        return found;
    }

    template <std::size_t Size, class F>
    std::vector<std::uint8_t> fetch(std::error_code &code, F ask) {
        std::array<std::uint8_t, Size> out{};
        std::size_t len = 0;
        code = call([&](OssuaryConnection *self) { return ask(self, out, &len); });
        const bytes filled = code ? bytes() : bytes(out.data(), len);
        return {filled.begin(), filled.end()};
    }

    template <class F> identity fetch_identity(std::error_code &code, F ask) {
        std::array<std::uint8_t, OSSUARY_MAX_PUBLIC_KEY_SIZE> key;
        std::size_t len = 0;
        ossuary_scheme_t scheme = OSSUARY_NO_KEY;
        code = call([&](OssuaryConnection *self) {
            return ask(self, &scheme, key.data(), key.size(), &len);
        });
        return code ? identity() : identity(scheme, {key.data(), len});
    }
};

/// The time of a clock that does not go back, for `connection::advance`.
inline std::chrono::milliseconds time_now() noexcept {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
}

} // namespace ossuary

#endif // OSSUARY_HPP
