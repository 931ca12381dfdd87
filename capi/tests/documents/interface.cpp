// Calls everything that ossuary.hpp has, in C++17 and C++20, with exceptions and without.

#include "ossuary.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <thread>
#if __cplusplus >= 202002L
#include <span>
#endif

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                   \
            std::abort();                                                                          \
        }                                                                                          \
    } while (false)

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using ossuary::bytes;
using ossuary::mutable_bytes;

static_assert(!std::is_copy_constructible_v<ossuary::config>);
static_assert(!std::is_copy_constructible_v<ossuary::connection>);
static_assert(!std::is_copy_constructible_v<ossuary::sender>);
static_assert(!std::is_copy_constructible_v<ossuary::secret_key>);
static_assert(std::is_nothrow_move_constructible_v<ossuary::config>);
static_assert(std::is_nothrow_move_assignable_v<ossuary::connection>);
static_assert(std::is_nothrow_move_assignable_v<ossuary::sender>);
static_assert(std::is_nothrow_move_constructible_v<ossuary::secret_key>);

// A literal has a zero byte that nobody means, and other things are no bytes.
static_assert(!std::is_constructible_v<bytes, const char (&)[3]>);
static_assert(!std::is_constructible_v<bytes, std::vector<int> &>);
static_assert(!std::is_constructible_v<mutable_bytes, const std::vector<std::uint8_t> &>);
static_assert(!std::is_constructible_v<mutable_bytes, std::string_view &>);

namespace {

std::size_t len_of(bytes of) { return of.size(); }
std::size_t room_of(mutable_bytes of) { return of.size(); }

void spans() {
    std::array<std::uint8_t, 3> array{1, 2, 3};
    std::vector<std::byte> vector(4);
    std::string text = "five!";
    unsigned char plain[6] = {};
    const std::vector<std::uint8_t> constant(7);
    CHECK(len_of({}) == 0);
    CHECK(len_of(array) == 3 && room_of(array) == 3);
    CHECK(len_of(vector) == 4 && room_of(vector) == 4);
    CHECK(len_of(text) == 5 && room_of(text) == 5);
    CHECK(len_of(plain) == 6 && room_of(plain) == 6);
    CHECK(len_of(constant) == 7);
    CHECK(len_of("eight..."sv) == 8);
    CHECK(len_of({array.data(), 2}) == 2 && room_of({array.data(), 2}) == 2);
    CHECK(len_of(mutable_bytes(array)) == 3);
    const bytes all = array;
    CHECK(all.first(1)[0] == 1 && all.after(1)[0] == 2 && all.after(3).empty());
    CHECK(bytes(text).text() == "five!" && mutable_bytes(text).text() == "five!");
    unsigned sum = 0;
    for (const std::uint8_t byte : all) {
        sum += byte;
    }
    CHECK(sum == 6);
#if __cplusplus >= 202002L
    CHECK(len_of(std::span<const std::uint8_t>(constant)) == 7);
    CHECK(room_of(std::span<std::uint8_t>(array)) == 3);
    const std::span<const std::uint8_t> back = all;
    CHECK(back.size() == 3);
#endif
}

void errors() {
    std::error_code code = OSSUARY_ERR_NOT_OPEN;
    CHECK(code && code.value() == OSSUARY_ERR_NOT_OPEN);
    CHECK(code == OSSUARY_ERR_NOT_OPEN && code != OSSUARY_ERR_SPLIT);
    CHECK(code == OSSUARY_CLASS_CALLER && code != OSSUARY_CLASS_PEER);
    CHECK(code.message() == "OSSUARY_ERR_NOT_OPEN" && code.category() == ossuary::category());
    CHECK(std::string(code.category().name()) == "ossuary");
    CHECK(std::error_code(OSSUARY_ERR_TIMED_OUT) == OSSUARY_CLASS_PEER);
    CHECK(std::error_code(static_cast<ossuary_status_t>(-12345)) == OSSUARY_CLASS_UNKNOWN);
    code = OSSUARY_OK;
    CHECK(!code && code == OSSUARY_CLASS_NONE);
    const std::error_condition peer = OSSUARY_CLASS_PEER;
    CHECK(!peer.message().empty() && peer.category() == ossuary::class_category());
}

void library() {
    CHECK(std::string_view(ossuary::version()) == OSSUARY_VERSION);
    CHECK(std::strlen(ossuary::suite_name()) > 0 && std::strlen(ossuary::backend_name()) > 0);
    CHECK(ossuary::max_packet() == OSSUARY_MAX_PACKET);
    std::array<std::uint8_t, 4> memory{1, 2, 3, 4};
    ossuary::wipe(mutable_bytes(memory).first(3));
    CHECK(memory[0] == 0 && memory[2] == 0 && memory[3] == 4);
}

ossuary::identity public_key_of(const ossuary::secret_key &key) {
    std::error_code code;
    ossuary::identity found = key.identity(code);
    CHECK(!code && found);
    return found;
}

ossuary::secret_key new_key(ossuary_scheme_t scheme = OSSUARY_ED25519) {
    std::error_code code;
    ossuary::secret_key key = ossuary::secret_key::generate(scheme, code);
    CHECK(!code && key.expose().size() == OSSUARY_SECRET_KEY_SIZE);
    return key;
}

void keys() {
    std::error_code code;
    for (const auto scheme : {OSSUARY_ED25519, OSSUARY_ECDSA_P256, OSSUARY_ML_DSA_65}) {
        ossuary::secret_key key = new_key(scheme);
        const ossuary::identity identity = public_key_of(key);
        CHECK(identity.scheme == scheme && key.scheme() == scheme);
        const std::string fingerprint = identity.fingerprint(code);
        CHECK(!code && fingerprint.size() == 50 && fingerprint.substr(0, 7) == "SHA256:");
        const ossuary::secret_key copy(scheme, key.expose());
        CHECK(public_key_of(copy) == identity && public_key_of(new_key(scheme)) != identity);
        const ossuary::secret_key moved = std::move(key);
        CHECK(public_key_of(moved) == identity);
        CHECK(!moved.sign("a message"sv, code).empty() && !code);
    }
    ossuary::secret_key none = ossuary::secret_key::generate(OSSUARY_NO_KEY, code);
    CHECK(code == OSSUARY_ERR_INVALID_ARGUMENT && none.expose().empty());
    CHECK(!none.identity(code) && code == OSSUARY_ERR_WRONG_LENGTH);
    none = ossuary::secret_key(OSSUARY_ECDSA_P256, std::array<std::uint8_t, 32>{});
    CHECK(!none.identity(code) && code == OSSUARY_ERR_INVALID_SECRET_KEY);
    CHECK(none.sign({}, code).empty() && code == OSSUARY_ERR_INVALID_SECRET_KEY);
    CHECK(ossuary::identity().fingerprint(code).empty() && code == OSSUARY_ERR_INVALID_ARGUMENT);
    const ossuary::identity shorter(OSSUARY_ED25519, "short"sv);
    CHECK(shorter.fingerprint(code).empty() && code == OSSUARY_ERR_WRONG_LENGTH);
#if OSSUARY_EXCEPTIONS
    const auto key = ossuary::secret_key::generate(OSSUARY_ED25519);
    CHECK(key.identity().fingerprint() == public_key_of(key).fingerprint(code));
    try {
        static_cast<void>(ossuary::identity().fingerprint());
        CHECK(false);
    } catch (const std::system_error &error) {
        CHECK(error.code() == OSSUARY_ERR_INVALID_ARGUMENT);
        CHECK(std::strstr(error.what(), "no signature scheme") != nullptr);
    }
    try {
        static_cast<void>(ossuary::secret_key(OSSUARY_ED25519, "x"sv).identity());
        CHECK(false);
    } catch (const ossuary::error &error) {
        CHECK(error.code() == OSSUARY_ERR_WRONG_LENGTH);
    }
#endif
}

/// Two ends with a line between them.
struct ends {
    ossuary::connection client;
    ossuary::connection server;
    std::vector<std::uint8_t> buffer = std::vector<std::uint8_t>(OSSUARY_MAX_PACKET);
    /// What the last call that failed found.
    std::error_code failed;

    /// Carries a packet from one end to the other.
    ossuary::received carry(ossuary::connection &from, ossuary::connection &to) {
        std::error_code code;
        const std::size_t len = from.send(buffer, code);
        if (code) {
            failed = code;
            return {};
        }
        const ossuary::received found = to.receive(mutable_bytes(buffer).first(len), code);
        if (code) {
            failed = code;
        }
        return found;
    }

    void handshake() {
        for (int turns = 0; turns < 8 && !failed; turns++) {
            carry(client, server);
            carry(server, client);
        }
    }

    bool open() const {
        return client.state() == OSSUARY_STATE_OPEN && server.state() == OSSUARY_STATE_OPEN;
    }
};

ossuary::config role(ossuary_role_t which) {
    std::error_code code;
    ossuary::config config(which, code);
    CHECK(!code && config && config.get() != nullptr);
    return config;
}

ends made_of(ossuary::config &client, ossuary::config &server) {
    ends both;
    std::error_code code;
    both.client = ossuary::connection(client, code);
    CHECK(!code);
    both.server = ossuary::connection(server, code);
    CHECK(!code);
    return both;
}

/// An open channel whose client is anonymous.
ends channel() {
    std::error_code code;
    const ossuary::secret_key key = new_key();
    ossuary::config server = role(OSSUARY_SERVER);
    server.add_secret_key(key, code);
    CHECK(!code);
    server.set_trust(OSSUARY_TRUST_ANYONE, code);
    CHECK(!code);
    ossuary::config client = role(OSSUARY_CLIENT);
    client.authorize(public_key_of(key), code);
    CHECK(!code);
    ends both = made_of(client, server);
    both.handshake();
    CHECK(both.open());
    return both;
}

void configurations() {
    std::error_code code;
    ossuary::config config(static_cast<ossuary_role_t>(7), code);
    CHECK(code == OSSUARY_ERR_INVALID_ARGUMENT && !config);
    config = role(OSSUARY_SERVER);

    config.set_identity(ossuary::identity(OSSUARY_ED25519, std::vector<std::uint8_t>(32)), code);
    CHECK(!code);
    config.set_identity({}, code);
    CHECK(!code);
    config.add_secret_key({}, code);
    CHECK(code == OSSUARY_ERR_INVALID_ARGUMENT);
    config.add_secret_key(ossuary::secret_key(OSSUARY_ED25519, {}), code);
    CHECK(code == OSSUARY_ERR_WRONG_LENGTH && !config.last_error().empty());
    config.authorize({}, code);
    CHECK(code == OSSUARY_ERR_INVALID_ARGUMENT);
    config.set_trust(static_cast<ossuary_trust_t>(9), code);
    CHECK(code == OSSUARY_ERR_INVALID_ARGUMENT);
    config.set_peer_name("a name", code);
    CHECK(!code);
    config.set_peer_name("\xff", code);
    CHECK(code == OSSUARY_ERR_INVALID_ARGUMENT);
    config.clear_peer_name(code);
    CHECK(!code);
    config.set_prologue("a program, version 1"sv, code);
    CHECK(!code);
    config.set_prologue({}, code);
    CHECK(!code);
    config.set_pre_shared_key("fifteen bytes.."sv, code);
    CHECK(!code);
    config.set_timeouts(1ms, 1s, code);
    CHECK(!code);
    for (const auto time : {0ms, -1ms}) {
        config.set_timeouts(time, 1s, code);
        CHECK(code == OSSUARY_ERR_INVALID_ARGUMENT);
        config.set_timeouts(1s, time, code);
        CHECK(code == OSSUARY_ERR_INVALID_ARGUMENT);
    }

    // What is not there.
    config.add_key_file("/nowhere/key", code);
    CHECK(code == OSSUARY_ERR_KEY_NOT_FOUND || code == OSSUARY_ERR_NOT_BUILT);
    config.add_key_file("/nowhere/key", [](auto, auto, auto &) { return false; }, code);
    CHECK(code == OSSUARY_ERR_KEY_NOT_FOUND || code == OSSUARY_ERR_NOT_BUILT);
    config.use_pkcs11("no uri", code);
    CHECK(code == OSSUARY_ERR_INVALID_ARGUMENT || code == OSSUARY_ERR_NOT_BUILT);
    config.use_pkcs11("no uri", [](auto, auto, auto &) { return false; }, code);
    CHECK(code == OSSUARY_ERR_INVALID_ARGUMENT || code == OSSUARY_ERR_NOT_BUILT);
    config.use_os_keystore("", "", code);
    CHECK(code == OSSUARY_ERR_INVALID_ARGUMENT || code == OSSUARY_ERR_NOT_BUILT);
    config.trust_authorized_keys_file("/nowhere/keys", code);
    CHECK(code == OSSUARY_ERR_TRUST || code == OSSUARY_ERR_NOT_BUILT);
    config.trust_known_hosts_file("\xff", code);
    CHECK(code == OSSUARY_ERR_INVALID_ARGUMENT);
    CHECK(unsetenv("SSH_AUTH_SOCK") == 0);
    config.use_agent(code);
    CHECK(code == OSSUARY_ERR_KEY_NOT_FOUND || code == OSSUARY_ERR_NOT_BUILT);

    ossuary::connection connection(config, code);
    CHECK(code == OSSUARY_ERR_NO_HOST_KEY && !connection);
    config.use_agent("/nowhere/agent", code);
    if (!code) {
        connection = ossuary::connection(config, code);
        CHECK(code == OSSUARY_CLASS_KEY_STORE && !connection);
    }
    connection = ossuary::connection::v1(config, code);
    CHECK(code && !connection);

    // An object that was given away, and one that was taken over.
    ossuary::config moved = std::move(config);
    config = ossuary::config(moved.release());
    CHECK(config && !moved);
    moved.set_trust(OSSUARY_TRUST_ANYONE, code);
    CHECK(code == OSSUARY_ERR_NULL_POINTER);
    connection = ossuary::connection(moved, code);
    CHECK(code == OSSUARY_ERR_NULL_POINTER);

#if OSSUARY_EXCEPTIONS
    ossuary::config thrown(OSSUARY_SERVER);
    thrown.set_peer_name("a name");
    thrown.clear_peer_name();
    thrown.set_prologue("a program"sv);
    thrown.set_pre_shared_key("a key of sixteen"sv);
    thrown.set_timeouts(1s, 2s);
    thrown.set_trust(OSSUARY_TRUST_ASK);
    thrown.set_identity({});
    const auto key = ossuary::secret_key::generate(OSSUARY_ED25519);
    thrown.authorize(key.identity());
    thrown.set_trust_callback([](const ossuary::peer &) { return OSSUARY_REFUSED; });
    thrown.set_key_callbacks(
        [](ossuary::identity_list &) { return OSSUARY_OK; },
        [](const ossuary::sign_request &, mutable_bytes) { return OSSUARY_PENDING; });
    thrown.add_secret_key(key);
    CHECK(ossuary::connection(thrown).state() == OSSUARY_STATE_HANDSHAKING);
    const std::function<void()> all[] = {
        [] { ossuary::config(static_cast<ossuary_role_t>(7)); },
        [] { static_cast<void>(ossuary::secret_key::generate(OSSUARY_NO_KEY)); },
        [&] { thrown.add_secret_key({}); },
        [&] { thrown.add_key_file("/nowhere/key"); },
        [&] { thrown.add_key_file("/nowhere/key", [](auto, auto, auto &) { return false; }); },
        [&] { thrown.use_agent(); },
        [&] { thrown.use_agent("\xff"); },
        [&] { thrown.use_os_keystore("", ""); },
        [&] { thrown.use_pkcs11("no uri"); },
        [&] { thrown.use_pkcs11("no uri", [](auto, auto, auto &) { return false; }); },
        [&] { thrown.trust_authorized_keys_file("/nowhere/keys"); },
        [&] { thrown.trust_known_hosts_file("\xff"); },
        [&] { ossuary::connection::v1(thrown); },
        [&] { ossuary::connection of{moved}; },
        [&] { moved.clear_peer_name(); },
    };
    for (const auto &call : all) {
        try {
            call();
            CHECK(false);
        } catch (const ossuary::error &error) {
            CHECK(error.code().category() == ossuary::category());
            CHECK(std::strlen(error.what()) > error.code().message().size() + 2);
        }
    }
#endif
}

void records() {
    ends both = channel();
    ossuary::connection &client = both.client;
    ossuary::connection &server = both.server;
    std::vector<std::uint8_t> &buffer = both.buffer;
    std::error_code code;
    CHECK(client.protocol() == 2 && client.max_plaintext() == OSSUARY_MAX_PLAINTEXT);
    CHECK(client.record_overhead() == OSSUARY_RECORD_OVERHEAD && client.send_len() == 0);

    const auto arrives = [&](std::size_t len, std::string_view plaintext) {
        CHECK(!code);
        // In two parts: what is not whole stays.
        ossuary::received found = server.receive(mutable_bytes(buffer).first(9), code);
        CHECK(!code && found.event == OSSUARY_EVENT_NEED_BYTES && found.need == len - 9);
        CHECK(found.consumed == 0 && found.plaintext.empty());
        found = server.receive(mutable_bytes(buffer).first(len), code);
        CHECK(!code && found.event == OSSUARY_EVENT_RECORD && found.consumed == len);
        CHECK(found.plaintext.text() == plaintext);
    };
    arrives(client.seal("sealed"sv, buffer, code), "sealed");
    std::memcpy(buffer.data() + OSSUARY_PLAINTEXT_OFFSET, "in place", 8);
    arrives(client.seal_in_place(buffer, 8, code), "in place");
    const std::size_t padded = client.seal_padded("padded"sv, 100, buffer, code);
    CHECK(padded == 100 + OSSUARY_RECORD_OVERHEAD);
    arrives(padded, "padded");
    client.rekey(code);
    arrives(client.seal("a new key"sv, buffer, code), "a new key");
    arrives(client.seal("and on"sv, buffer, code), "and on");
    arrives(client.seal({}, buffer, code), "");
    CHECK(client.records_sent() == 6 && server.records_received() == 6);

    CHECK(client.seal("seven.."sv, {}, code) == 7 + OSSUARY_RECORD_OVERHEAD);
    CHECK(code == OSSUARY_ERR_BUFFER_TOO_SMALL && client.last_error_code() == code);
    CHECK(!client.last_error().empty());
    CHECK(client.seal_in_place({}, 1, code) == 1 + OSSUARY_RECORD_OVERHEAD && code);
    client.seal_padded("xx"sv, 2, buffer, code);
    CHECK(code == OSSUARY_ERR_PADDED_TOO_SHORT);
    client.seal(mutable_bytes(buffer).first(9), buffer, code);
    CHECK(code == OSSUARY_ERR_OVERLAP);

    CHECK(client.channel_binding(code) == server.channel_binding(code) && !code);
    std::array<std::uint8_t, 40> here{};
    std::array<std::uint8_t, 40> there{};
    client.export_keying_material("label"sv, "context"sv, here, code);
    CHECK(!code);
    server.export_keying_material("label"sv, "context"sv, there, code);
    CHECK(!code && here == there && here != decltype(here){});
    client.export_keying_material({}, {}, {}, code);
    CHECK(!code);

    CHECK(client.remote_identity(code) == server.local_identity(code) && !code);
    CHECK(!server.remote_identity(code) && !client.local_identity(code));
    CHECK(!client.undecided_peer(code) && !code);
    client.decide(true, code);
    CHECK(code == OSSUARY_ERR_NO_DECISION_PENDING);
    CHECK(client.pending_signature(code).empty() && !code);
    server.provide_signature({}, code);
    CHECK(code == OSSUARY_CLASS_CALLER);
    CHECK(!client.failure().code && !client.last_reset().code);
    CHECK(!client.take_delivery(code) && !code);

    client.disconnect(false, code);
    CHECK(!code && both.carry(client, server).event == OSSUARY_EVENT_CLOSED);
    CHECK(client.state() == OSSUARY_STATE_CLOSED && server.state() == OSSUARY_STATE_CLOSED);
    server.end_of_stream(code);
    CHECK(!code);
    server.receive(buffer, code);
    CHECK(code == OSSUARY_ERR_CONNECTION_CLOSED && code == OSSUARY_CLASS_CONDITION);
    CHECK(ossuary::connection().state() == OSSUARY_STATE_NONE);
}

void recovery() {
    ends both = channel();
    std::error_code code;
    for (const bool damaged : {false, true}) {
        const std::size_t len = both.client.seal("a record"sv, both.buffer, code);
        both.buffer[len - 1] ^= damaged ? 1 : 0;
        const auto found = both.server.receive(mutable_bytes(both.buffer).first(len), code);
        CHECK(!code);
        CHECK(found.event == (damaged ? OSSUARY_EVENT_RESET : OSSUARY_EVENT_RECORD));
    }
    const ossuary::cause here = both.server.last_reset();
    CHECK(here.code == OSSUARY_ERR_DECRYPTION_FAILED && here.reason != 0 && !here.text.empty());
    CHECK(both.carry(both.server, both.client).event == OSSUARY_EVENT_RESET);
    CHECK(both.client.last_reset().code == OSSUARY_ERR_RESET_BY_PEER);
    both.handshake();
    CHECK(both.open());
    const auto delivery = both.client.take_delivery(code);
    CHECK(!code && delivery && delivery->counted);
    CHECK(delivery->sent == 2 && delivery->received == 1);
    CHECK(!both.client.take_delivery(code));

    // Time.
    ossuary::config config = role(OSSUARY_CLIENT);
    ossuary::connection client(config, code);
    CHECK(!client.deadline());
    CHECK(!client.advance(1000ms, code) && !code);
    const std::size_t due = client.send_len();
    CHECK(client.send(both.buffer, code) == due && !code);
    CHECK(!client.advance(1000ms, code) && client.deadline());
    const std::chrono::milliseconds deadline = client.deadline().value_or(0ms);
    CHECK(!client.advance(deadline - 1ms, code) && !code);
    CHECK(client.advance(deadline, code) && !code);
    CHECK(client.send_len() > 0);
    CHECK(ossuary::time_now() <= ossuary::time_now());

    // An end that is none.
    both.server.end_of_stream(code);
    CHECK(code == OSSUARY_ERR_STREAM_ENDED && code == OSSUARY_CLASS_PEER);
    const ossuary::cause failure = both.server.failure();
    CHECK(failure.code == OSSUARY_ERR_STREAM_ENDED && !failure.text.empty());
    both.server.end_of_stream(code);
    CHECK(code == OSSUARY_ERR_CONNECTION_FAILED);
    both.client.disconnect(true, code);
    CHECK(!code && both.client.failure().code == OSSUARY_ERR_LOCAL_END);
}

void halves() {
    ends both = channel();
    std::error_code code;
    ossuary::sender half = both.client.split(code);
    CHECK(!code && half && !both.client.needs_join());
    both.client.rekey(code);
    CHECK(code == OSSUARY_ERR_SPLIT);
    CHECK(!both.client.split(code) && code == OSSUARY_ERR_SPLIT);

    std::vector<std::uint8_t> stream;
    std::thread sending([half = std::move(half), &stream]() mutable {
        std::error_code found;
        std::vector<std::uint8_t> out(OSSUARY_MAX_PACKET);
        const auto sent = [&](std::size_t len) {
            CHECK(!found);
            stream.insert(stream.end(), out.data(), out.data() + len);
        };
        sent(half.seal("1"sv, out, found));
        out[OSSUARY_PLAINTEXT_OFFSET] = '2';
        sent(half.seal_in_place(out, 1, found));
        half.rekey(found);
        sent(half.seal_padded("3"sv, 50, out, found));
        CHECK(half.records_sent() == 3);
        CHECK(half.close({}, found) == OSSUARY_CLOSE_SIZE);
        CHECK(found == OSSUARY_ERR_BUFFER_TOO_SMALL && !half.last_error().empty());
        sent(half.close(out, found));
        half.seal("4"sv, out, found);
        CHECK(found == OSSUARY_ERR_CONNECTION_CLOSED);
    });
    sending.join();
    std::string heard;
    mutable_bytes rest = stream;
    while (both.server.state() == OSSUARY_STATE_OPEN) {
        const auto found = both.server.receive(rest, code);
        CHECK(!code);
        heard += found.plaintext.text();
        rest = rest.after(found.consumed);
    }
    CHECK(heard == "123" && rest.empty() && both.server.state() == OSSUARY_STATE_CLOSED);

    // The half went with its thread; these are joined.
    ends again = channel();
    ends other = channel();
    half = again.client.split(code);
    ossuary::sender foreign = other.client.split(code);
    again.client.join(foreign, code);
    CHECK(code == OSSUARY_ERR_FOREIGN_HALF && foreign);
    again.client.join(half, code);
    CHECK(!code && !half);
    again.client.join(half, code);
    CHECK(code == OSSUARY_ERR_NOT_OPEN);
    again.client.seal("whole"sv, again.buffer, code);
    CHECK(!code);
    half.rekey(code);
    CHECK(code == OSSUARY_ERR_NULL_POINTER);
}

/// Counts how many there are.
struct witness {
    std::shared_ptr<int> held = std::make_shared<int>(0);
    long others() const { return held.use_count() - 1; }
};

void key_callbacks() {
    std::error_code code;
    const ossuary::secret_key key = new_key();
    const ossuary::identity public_key = public_key_of(key);
    const witness here;
    enum class answer { at_once, later, locked, number, thrown } answers = answer::at_once;
    const auto sign = [&answers, &key, held = here.held](const ossuary::sign_request &request,
                                                         mutable_bytes signature) {
        CHECK(request.role == OSSUARY_SERVER && request.scheme == OSSUARY_ED25519);
        CHECK(request.public_key.size() == 32 && signature.size() == 64);
        switch (answers) {
        case answer::at_once: {
            std::error_code found;
            const std::vector<std::uint8_t> made = key.sign(request.message, found);
            CHECK(!found && made.size() == signature.size());
            std::copy(made.begin(), made.end(), signature.begin());
            return OSSUARY_OK;
        }
        case answer::later: return OSSUARY_PENDING;
        case answer::locked: return OSSUARY_ERR_KEY_LOCKED;
        case answer::number: return static_cast<ossuary_status_t>(77);
        case answer::thrown: break;
        }
#if OSSUARY_EXCEPTIONS
        throw 1;
#else
        return OSSUARY_ERR_KEY_BROKEN;
#endif
    };
    {
        ossuary::config server = role(OSSUARY_SERVER);
        server.set_trust(OSSUARY_TRUST_ANYONE, code);
        server.set_key_callbacks(
            [&public_key](ossuary::identity_list &list) {
                std::error_code found;
                list.add({}, found);
                CHECK(found == OSSUARY_ERR_INVALID_ARGUMENT);
                list.add(public_key, found);
                CHECK(!found);
                return OSSUARY_OK;
            },
            sign, code);
        CHECK(!code && here.others() == 2);
        ossuary::config client = role(OSSUARY_CLIENT);
        client.authorize(public_key, code);
        ends both = made_of(client, server);
        both.handshake();
        CHECK(both.open() && both.client.remote_identity(code) == public_key);

        both = made_of(client, server);
        for (const auto &[given, status] : {
                 std::pair(answer::locked, OSSUARY_ERR_KEY_LOCKED),
                 std::pair(answer::number, OSSUARY_ERR_KEY_BROKEN),
                 std::pair(answer::thrown, OSSUARY_ERR_KEY_BROKEN),
             }) {
            answers = given;
            both.failed.clear();
            both.handshake();
            CHECK(both.failed == status && both.failed == OSSUARY_CLASS_KEY_STORE);
        }
        answers = answer::later;
        both.failed.clear();
        both.handshake();
        CHECK(!both.failed && both.server.state() == OSSUARY_STATE_AWAITING_SIGNATURE);
        const auto message = both.server.pending_signature(code);
        CHECK(!code && !message.empty());
        std::array<std::uint8_t, 64> signature{};
        both.server.provide_signature(signature, code);
        CHECK(code == OSSUARY_ERR_KEY_BROKEN);
        both.server.provide_signature(bytes(signature).first(63), code);
        CHECK(code == OSSUARY_ERR_WRONG_LENGTH);
        both.server.provide_signature(key.sign(message, code), code);
        CHECK(!code);
        both.handshake();
        CHECK(both.open());
    }
    // All of it is given back, also where a call fails.
    CHECK(here.others() == 1);
    ossuary::config none = role(OSSUARY_SERVER);
    static_cast<void>(ossuary::config(none.release()));
    none.set_key_callbacks([](ossuary::identity_list &) { return OSSUARY_OK; }, sign, code);
    CHECK(code == OSSUARY_ERR_NULL_POINTER && here.others() == 1);

    ossuary::config broken = role(OSSUARY_SERVER);
    broken.set_key_callbacks(
        [](ossuary::identity_list &list) -> ossuary_status_t {
#if OSSUARY_EXCEPTIONS
            list.add({});
            CHECK(false);
#else
            static_cast<void>(list);
#endif
            return OSSUARY_ERR_KEY_BROKEN;
        },
        sign, code);
    CHECK(!ossuary::connection(broken, code) && code == OSSUARY_ERR_KEY_BROKEN);
}

void trust_callbacks() {
    std::error_code code;
    const witness here;
    const ossuary::secret_key server_key = new_key();
    const ossuary::secret_key client_key = new_key(OSSUARY_ECDSA_P256);
    ossuary::config server = role(OSSUARY_SERVER);
    server.add_secret_key(server_key, code);
    for (const bool anonymous : {false, true}) {
        ossuary::config client = role(OSSUARY_CLIENT);
        if (!anonymous) {
            client.add_secret_key(client_key, code);
        }
        client.set_trust(OSSUARY_TRUST_ANYONE, code);
        for (const int verdict : {OSSUARY_TRUSTED + 0, OSSUARY_UNKNOWN + 0, OSSUARY_REFUSED + 0,
                                  OSSUARY_CHANGED + 0, OSSUARY_REVOKED + 0, 99, -1}) {
            int asked = 0;
            server.set_peer_name("the client", code);
            server.set_trust_callback(
                [&, held = here.held](const ossuary::peer &peer) {
                    asked++;
                    CHECK(peer.role == OSSUARY_CLIENT && peer.name == "the client");
                    CHECK(peer.scheme == (anonymous ? OSSUARY_NO_KEY : OSSUARY_ECDSA_P256));
                    CHECK(peer.public_key.size() == (anonymous ? 0 : 33));
#if OSSUARY_EXCEPTIONS
                    if (verdict == -1) {
                        throw std::runtime_error("no idea");
                    }
#endif
                    return static_cast<ossuary_verdict_t>(verdict);
                },
                code);
            CHECK(!code && here.others() == 1);
            ends both = made_of(client, server);
            both.handshake();
            CHECK(asked == 1);
            switch (verdict) {
            case OSSUARY_TRUSTED: CHECK(both.open()); break;
            case OSSUARY_UNKNOWN:
                if (anonymous) {
                    CHECK(both.server.failure().code == OSSUARY_CLASS_PEER);
                    break;
                }
                CHECK(both.server.state() == OSSUARY_STATE_UNDECIDED);
                CHECK(both.server.undecided_peer(code) == public_key_of(client_key));
                both.server.authorize(public_key_of(client_key), code);
                CHECK(!code && both.open());
                break;
            case OSSUARY_REFUSED:
                CHECK(both.server.failure().code ==
                      (anonymous ? OSSUARY_ERR_PEER_WITHOUT_KEY : OSSUARY_ERR_NOT_AUTHORIZED));
                break;
            case OSSUARY_CHANGED:
            case OSSUARY_REVOKED: CHECK(both.server.failure().code == OSSUARY_CLASS_PEER); break;
            default: CHECK(both.server.failure().code == OSSUARY_ERR_LOCAL_FAILURE); break;
            }
        }
        server.set_trust(OSSUARY_TRUST_ASK, code);
        CHECK(here.others() == 0);
    }
}

#if OSSUARY_EXCEPTIONS
/// All of a connection once more, with what throws.
void throwing() {
    const auto key = ossuary::secret_key::generate(OSSUARY_ED25519);
    ossuary::config server_config(OSSUARY_SERVER);
    server_config.add_secret_key(key);
    server_config.set_trust(OSSUARY_TRUST_ANYONE);
    ossuary::config client_config(OSSUARY_CLIENT);
    ossuary::connection client(client_config);
    ossuary::connection server(server_config);
    std::vector<std::uint8_t> buffer(OSSUARY_MAX_PACKET);
    const auto carry = [&](ossuary::connection &from, ossuary::connection &to) {
        return to.receive(mutable_bytes(buffer).first(from.send(buffer)));
    };
    CHECK(!client.advance(1s));
    carry(client, server);
    CHECK(carry(server, client).event == OSSUARY_EVENT_UNDECIDED);
    CHECK(client.undecided_peer() == key.identity());
    client.decide(true);
    CHECK(carry(client, server).event == OSSUARY_EVENT_OPEN);
    CHECK(client.remote_identity() == server.local_identity());
    CHECK(client.channel_binding() == server.channel_binding());
    client.authorize(key.identity());
    client.rekey();
    std::array<std::uint8_t, 8> exported{};
    client.export_keying_material("label"sv, {}, exported);
    CHECK(!client.take_delivery() && client.pending_signature().empty());
    std::size_t len = client.seal("a record"sv, buffer);
    CHECK(server.receive(mutable_bytes(buffer).first(len)).plaintext.text() == "a record");
    len = client.seal_in_place(buffer, 0);
    CHECK(server.receive(mutable_bytes(buffer).first(len)).plaintext.empty());
    len = client.seal_padded({}, 1, buffer);
    CHECK(server.receive(mutable_bytes(buffer).first(len)).event == OSSUARY_EVENT_RECORD);
    ossuary::sender half = client.split();
    half.rekey();
    static_cast<void>(half.seal({}, buffer));
    static_cast<void>(half.seal_in_place(buffer, 0));
    static_cast<void>(half.seal_padded({}, 1, buffer));
    client.join(half);
    half = client.split();
    static_cast<void>(half.close(buffer));
    client.join(half);
    server.disconnect(true);
    client.end_of_stream();

    ossuary::connection empty;
    const std::function<void()> all[] = {
        [&] { client.seal({}, buffer); },
        [&] { client.seal_in_place(buffer, 0); },
        [&] { client.seal_padded({}, 1, buffer); },
        [&] { client.rekey(); },
        [&] { client.receive(buffer); },
        [&] { client.channel_binding(); },
        [&] { client.export_keying_material({}, {}, exported); },
        [&] { client.decide(false); },
        [&] { client.authorize({}); },
        [&] { client.provide_signature(exported); },
        [&] { client.split(); },
        [&] { client.join(half); },
        [&] { server.end_of_stream(); },
        [&] { empty.send(buffer); },
        [&] { empty.advance(0s); },
        [&] { empty.disconnect(false); },
        [&] { empty.local_identity(); },
        [&] { empty.take_delivery(); },
        [&] { empty.pending_signature(); },
        [&] { half.rekey(); },
        [&] { half.close(buffer); },
    };
    for (const auto &call : all) {
        try {
            call();
            CHECK(false);
        } catch (const ossuary::error &error) {
            CHECK(std::strlen(error.what()) > error.code().message().size() + 2);
        }
    }
}
#endif

} // namespace

/// With the name of a key file it asks for its passphrase, which is "secret".
int main(int argc, char **argv) {
    spans();
    errors();
    library();
    keys();
    configurations();
    records();
    recovery();
    halves();
    key_callbacks();
    trust_callbacks();
#if OSSUARY_EXCEPTIONS
    throwing();
#endif
    if (argc == 2) {
        std::error_code code;
        ossuary::config config = role(OSSUARY_SERVER);
        std::uint32_t asked = 0;
        config.add_key_file(
            argv[1],
            [&](std::string_view what, std::uint32_t attempt, ossuary::passphrase &answer) {
                asked++;
                CHECK(what == argv[1] && attempt == asked);
                CHECK(answer.size() == OSSUARY_MAX_PASSPHRASE_SIZE && answer.data() != nullptr);
                CHECK(!answer.assign(std::string(OSSUARY_MAX_PASSPHRASE_SIZE, 'x')));
                return answer.assign(attempt == 1 ? "wrong" : "secret");
            },
            code);
        CHECK(!code && asked == 2);
        config.add_key_file(
            argv[1],
            [](std::string_view, std::uint32_t, ossuary::passphrase &) {
#if OSSUARY_EXCEPTIONS
                throw 1;
#endif
                return false;
            },
            code);
        CHECK(code == OSSUARY_ERR_KEY_CANCELLED);
    }
    std::puts("done");
}
