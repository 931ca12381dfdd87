// The C++ interface: ownership, errors of both kinds, and callbacks. It is compiled without
// exceptions as well.

#include "check.hpp"

#include <type_traits>
#if __cplusplus >= 202002L
#include <span>
#endif

namespace {

struct pair {
    ossuary::connection client;
    ossuary::connection server;
};

using buffer = std::vector<std::uint8_t>;

bool carry(ossuary::connection &from, ossuary::connection &to) {
    buffer packet(OSSUARY_MAX_PACKET);
    std::error_code code;
    const std::size_t len = from.send(packet, code);
    CHECK(!code);
    std::size_t done = 0;
    while (done < len) {
        const auto found = to.receive(ossuary::mutable_bytes(packet).first(len).after(done), code);
        CHECK(!code && found.consumed > 0);
        done += found.consumed;
    }
    return len > 0;
}

void settle(pair &both) {
    for (bool more = true; more;) {
        more = carry(both.client, both.server);
        more = carry(both.server, both.client) || more;
    }
}

ossuary::config config_of(ossuary_role_t role) {
    std::error_code code;
    ossuary::config config(role, code);
    CHECK(!code);
    config.add_secret_key(role == OSSUARY_SERVER ? server_key() : client_key(), code);
    CHECK(!code);
    config.set_trust(OSSUARY_TRUST_ANYONE, code);
    CHECK(!code);
    return config;
}

ossuary::connection made_of(ossuary::config config) {
    std::error_code code;
    ossuary::connection connection(config, code);
    CHECK(!code && connection);
    return connection;
}

pair open_pair() {
    pair both{made_of(config_of(OSSUARY_CLIENT)), made_of(config_of(OSSUARY_SERVER))};
    settle(both);
    CHECK(both.client.state() == OSSUARY_STATE_OPEN && both.server.state() == OSSUARY_STATE_OPEN);
    return both;
}

void ownership() {
    static_assert(!std::is_copy_constructible_v<ossuary::config>);
    static_assert(!std::is_copy_assignable_v<ossuary::connection>);
    static_assert(std::is_nothrow_move_constructible_v<ossuary::connection>);
    static_assert(std::is_nothrow_move_assignable_v<ossuary::sender>);
    static_assert(!std::is_copy_constructible_v<ossuary::secret_key>);
    static_assert(std::is_nothrow_move_constructible_v<ossuary::secret_key>);

    pair both = open_pair();
    ossuary::connection moved(std::move(both.client));
    // What was moved from is empty, and says so.
    std::error_code code;
    CHECK(!both.client && moved);
    CHECK(both.client.state() == OSSUARY_STATE_NONE);
    buffer out(100);
    both.client.seal(out, {}, code);
    CHECK(code == OSSUARY_ERR_NULL_POINTER && code == OSSUARY_CLASS_CALLER);
    both.client = std::move(moved);
    CHECK(both.client && !moved);
    // It can go to who destroys it by hand, and come from there.
    OssuaryConnection *raw = both.client.release();
    CHECK(raw != nullptr && !both.client);
    ossuary::connection taken(raw);
    CHECK(taken.state() == OSSUARY_STATE_OPEN && taken.get() == raw);
}

void errors() {
    pair both = open_pair();
    std::error_code code;
    both.client.decide(true, code);
    CHECK(code && code == OSSUARY_ERR_NO_DECISION_PENDING && code != OSSUARY_CLASS_PEER);
    CHECK(code == OSSUARY_CLASS_CALLER);
    CHECK(code.category() == ossuary::category());
    CHECK(code.message() == "OSSUARY_ERR_NO_DECISION_PENDING");
    CHECK(both.client.last_error() == "no decision about a key is pending");
    CHECK(both.client.last_error_code() == code);
    both.client.rekey(code);
    CHECK(!code && code == OSSUARY_OK);
    buffer plaintext(10, 7);
    buffer out(20);
    CHECK(both.client.seal(plaintext, out, code) == plaintext.size() + OSSUARY_RECORD_OVERHEAD);
    CHECK(code == OSSUARY_ERR_BUFFER_TOO_SMALL);
    ossuary::config nobody(static_cast<ossuary_role_t>(9), code);
    CHECK(code == OSSUARY_ERR_INVALID_ARGUMENT && !nobody);
    ossuary::connection none(nobody, code);
    CHECK(code == OSSUARY_ERR_NULL_POINTER && !none);
    ossuary::secret_key().identity(code);
    CHECK(code == OSSUARY_ERR_WRONG_LENGTH);
    both.server.end_of_stream(code);
    CHECK(code == OSSUARY_ERR_STREAM_ENDED && code == OSSUARY_CLASS_PEER);
    const auto cause = both.server.failure();
    CHECK(cause.code == OSSUARY_ERR_STREAM_ENDED && !cause.text.empty());
    CHECK(!both.client.failure().code);

#if OSSUARY_EXCEPTIONS
    try {
        both.client.decide(true);
        CHECK(false);
    } catch (const ossuary::error &error) {
        CHECK(error.code() == OSSUARY_ERR_NO_DECISION_PENDING);
        CHECK(std::string_view(error.what()).find("no decision about a key") !=
              std::string_view::npos);
    }
    try {
        ossuary::config config(OSSUARY_SERVER);
        const ossuary::connection server(config);
        CHECK(false);
    } catch (const std::system_error &error) {
        CHECK(error.code() == OSSUARY_ERR_NO_HOST_KEY);
        CHECK(std::string_view(error.what()).find("host key") != std::string_view::npos);
    }
#endif
}

void buffers() {
    pair both = open_pair();
    std::error_code code;
    std::array<char, 200> array{};
    buffer vector(200);
    const std::string string = "text";
    CHECK(both.client.seal(string, vector, code) == 4 + OSSUARY_RECORD_OVERHEAD);
    auto found = both.server.receive(vector, code);
    CHECK(found.event == OSSUARY_EVENT_RECORD && found.plaintext.text() == "text");
    CHECK(found.consumed == 4 + OSSUARY_RECORD_OVERHEAD);
    CHECK(both.client.seal(std::string_view("view"), array, code) == 4 + OSSUARY_RECORD_OVERHEAD);
    found = both.server.receive(array, code);
    CHECK(found.plaintext.text() == "view");
    std::copy(string.begin(), string.end(), vector.begin() + OSSUARY_PLAINTEXT_OFFSET);
    CHECK(both.client.seal_in_place(vector, 4, code) == 4 + OSSUARY_RECORD_OVERHEAD);
    found = both.server.receive(vector, code);
    CHECK(found.plaintext.text() == "text");
    CHECK(both.client.seal_padded({}, 50, array, code) == 50 + OSSUARY_RECORD_OVERHEAD);
    found = both.server.receive(array, code);
    CHECK(found.event == OSSUARY_EVENT_RECORD && found.plaintext.empty());
    found = both.server.receive(ossuary::mutable_bytes(), code);
    CHECK(!code && found.event == OSSUARY_EVENT_NEED_BYTES && found.need > 0);
    CHECK(both.server.records_received() == 4 && both.client.records_sent() == 4);
#if __cplusplus >= 202002L
    CHECK(both.client.seal(std::as_bytes(std::span(string)), std::span(array), code) > 0);
    CHECK(!code);
#endif

    std::array<std::uint8_t, 20> ours{};
    std::array<std::uint8_t, 20> theirs{};
    both.client.export_keying_material(std::string_view("label"), {}, ours, code);
    CHECK(!code);
    // One record is on its way.
    both.server.export_keying_material(std::string_view("label"), {}, theirs, code);
    CHECK(!code && ours == theirs);
    CHECK(both.client.channel_binding(code) == both.server.channel_binding(code));
    CHECK(both.client.remote_identity(code) == server_key().identity(code));
    CHECK(both.server.remote_identity(code) == client_key().identity(code));
    CHECK(both.client.local_identity(code) == client_key().identity(code));
    CHECK(!both.client.undecided_peer(code) && !code);
    CHECK(both.client.local_identity(code).fingerprint(code).size() == OSSUARY_FINGERPRINT_SIZE - 1);
}

// What a callback throws goes no further.
void callbacks() {
    int listed = 0;
    bool throws = true;
    ossuary_status_t answer = OSSUARY_OK;
    const auto counted = std::make_shared<int>(0);
    const ossuary::secret_key key = server_key();
    std::error_code code;
    ossuary::config config(OSSUARY_SERVER, code);
    config.set_trust(OSSUARY_TRUST_ANYONE, code);
    config.set_key_callbacks(
        [&, counted](ossuary::identity_list &list) {
            listed++;
            std::error_code failed;
            list.add(key.identity(failed), failed);
            return failed ? OSSUARY_ERR_KEY_BROKEN : OSSUARY_OK;
        },
        [&, counted](const ossuary::sign_request &request, ossuary::mutable_bytes signature) {
#if OSSUARY_EXCEPTIONS
            if (throws) {
                throw 7;
            }
#else
            if (throws) {
                return OSSUARY_ERR_KEY_BROKEN;
            }
#endif
            CHECK(request.role == OSSUARY_SERVER && request.scheme == OSSUARY_ED25519);
            std::error_code failed;
            const auto made = key.sign(request.message, failed);
            CHECK(!failed && made.size() == signature.size());
            std::copy(made.begin(), made.end(), signature.begin());
            return answer;
        },
        code);
    CHECK(!code && counted.use_count() == 3);
    ossuary::connection server(config, code);
    CHECK(!code && listed == 1);
    pair both{made_of(config_of(OSSUARY_CLIENT)), std::move(server)};
    CHECK(carry(both.client, both.server));
    buffer out(OSSUARY_MAX_PACKET);
    both.server.send(out, code);
    CHECK(code == OSSUARY_ERR_KEY_BROKEN && code == OSSUARY_CLASS_KEY_STORE);
    throws = false;
    answer = OSSUARY_PENDING;
    CHECK(both.server.send(out, code) == 0 && !code);
    CHECK(both.server.state() == OSSUARY_STATE_AWAITING_SIGNATURE);
    const auto message = both.server.pending_signature(code);
    both.server.provide_signature(key.sign(message, code), code);
    CHECK(!code);
    settle(both);
    CHECK(both.server.state() == OSSUARY_STATE_OPEN);
    both.server = ossuary::connection();
    CHECK(counted.use_count() == 3);
    config = config_of(OSSUARY_SERVER);
    CHECK(counted.use_count() == 1);

    // A policy, and one that throws.
    for (const bool fails : {false, true}) {
        int asked = 0;
        ossuary::config client_config = config_of(OSSUARY_CLIENT);
        client_config.set_peer_name("gate", code);
        client_config.set_trust_callback(
            [&](const ossuary::peer &peer) -> ossuary_verdict_t {
                asked++;
                CHECK(peer.role == OSSUARY_SERVER && peer.name == "gate");
                CHECK(peer.public_key.size() == 32);
                if (fails) {
#if OSSUARY_EXCEPTIONS
                    throw std::string("no");
#else
                    return static_cast<ossuary_verdict_t>(-1);
#endif
                }
                return OSSUARY_TRUSTED;
            },
            code);
        CHECK(!code);
        pair two{made_of(std::move(client_config)), made_of(config_of(OSSUARY_SERVER))};
        CHECK(carry(two.client, two.server));
        const std::size_t len = two.server.send(out, code);
        two.client.receive(ossuary::mutable_bytes(out).first(len), code);
        CHECK(asked == 1);
        CHECK(code == (fails ? OSSUARY_ERR_TRUST : OSSUARY_OK));
    }
}

void halves() {
    pair both = open_pair();
    std::error_code code;
    buffer out(200);
    ossuary::sender half = both.client.split(code);
    CHECK(!code && half);
    both.client.rekey(code);
    CHECK(code == OSSUARY_ERR_SPLIT);
    const std::size_t len = half.seal(std::string_view("half"), out, code);
    auto found = both.server.receive(ossuary::mutable_bytes(out).first(len), code);
    CHECK(found.plaintext.text() == "half" && half.records_sent() == 1);
    pair others = open_pair();
    ossuary::sender other = others.client.split(code);
    both.client.join(other, code);
    CHECK(code == OSSUARY_ERR_FOREIGN_HALF && other);
    CHECK(!both.client.needs_join());
    both.client.join(half, code);
    CHECK(!code && !half);
    both.client.join(half, code);
    CHECK(code);
    both.client.rekey(code);
    CHECK(!code);
}

void recovery() {
    pair both = open_pair();
    std::error_code code;
    buffer out(200);
    const std::size_t len = both.client.seal(std::string_view("lost"), out, code);
    out[len - 1] ^= 1;
    const auto found = both.server.receive(ossuary::mutable_bytes(out).first(len), code);
    CHECK(!code && found.event == OSSUARY_EVENT_RESET);
    CHECK(both.server.last_reset().code == OSSUARY_ERR_DECRYPTION_FAILED);
    settle(both);
    CHECK(both.client.state() == OSSUARY_STATE_OPEN);
    CHECK(both.client.last_reset().code == OSSUARY_ERR_RESET_BY_PEER);
    const auto delivery = both.client.take_delivery(code);
    CHECK(delivery && delivery->sent == 1 && delivery->received == 0 && delivery->counted);
    CHECK(!both.client.take_delivery(code));
    CHECK(!both.client.deadline());
    CHECK(!both.client.advance(ossuary::time_now(), code) && !code);
    both.client.disconnect(false, code);
    CHECK(!code && both.client.state() == OSSUARY_STATE_CLOSED);
}

} // namespace

int main() {
    CHECK(std::string_view(ossuary::version()) == OSSUARY_VERSION);
    CHECK(std::string_view(ossuary::suite_name()) == SUITE);
    CHECK(std::string_view(ossuary::backend_name()) == BACKEND);
    CHECK(ossuary::version_number() == OSSUARY_VERSION_NUMBER);
    CHECK(ossuary::max_packet() == OSSUARY_MAX_PACKET);
    CHECK(ossuary::secret_key_size() == OSSUARY_SECRET_KEY_SIZE);
    CHECK(ossuary::max_public_key_size() == OSSUARY_MAX_PUBLIC_KEY_SIZE);
    CHECK(ossuary::max_signature_size() == OSSUARY_MAX_SIGNATURE_SIZE);
    CHECK(ossuary::max_signed_size() == OSSUARY_MAX_SIGNED_SIZE);
    CHECK(ossuary::fingerprint_size() == OSSUARY_FINGERPRINT_SIZE);
    CHECK(ossuary::max_passphrase_size() == OSSUARY_MAX_PASSPHRASE_SIZE);
    CHECK(ossuary::plaintext_offset() == OSSUARY_PLAINTEXT_OFFSET);
    CHECK(ossuary::close_size() == OSSUARY_CLOSE_SIZE);
    CHECK(ossuary::public_key_size(OSSUARY_ED25519) == 32);
    CHECK(ossuary::signature_size(OSSUARY_ED25519) == 64);
    ownership();
    errors();
    buffers();
    callbacks();
    halves();
    recovery();
    return 0;
}
