// One end of a conversation over a real socket, as `peer.c` is, over the C++ interface.

#include "check.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::size_t SIZES[] = {0, 1, 16384, 65519};

class end {
  public:
    end(ossuary::connection connection, int stream)
        : connection_(std::move(connection)), stream_(stream), in_(OSSUARY_MAX_PACKET),
          out_(OSSUARY_MAX_PACKET) {}
    end(const end &) = delete;
    end &operator=(const end &) = delete;
    ~end() { close(stream_); }

    ossuary::connection &connection() { return connection_; }

    void flush() {
        while (const std::size_t len = connection_.send(out_)) {
            write_all(len);
        }
    }

    // Goes on until there is an event of this kind; what was received stays in the buffer until the
    // next call.
    ossuary::received until(ossuary_event_t event) {
        for (;;) {
            in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(done_));
            have_ -= done_;
            in_.resize(OSSUARY_MAX_PACKET);
            flush();
            const auto found = connection_.receive(ossuary::mutable_bytes(in_).first(have_));
            done_ = found.consumed;
            if (found.event == event) {
                return found;
            }
            if (found.event == OSSUARY_EVENT_NEED_BYTES) {
                const ssize_t more = read(stream_, in_.data() + have_, in_.size() - have_);
                CHECK(more > 0);
                have_ += static_cast<std::size_t>(more);
            } else {
                CHECK(found.event == OSSUARY_EVENT_PROGRESS || found.event == OSSUARY_EVENT_OPEN);
            }
        }
    }

    void seal(ossuary::bytes plaintext) { write_all(connection_.seal(plaintext, out_)); }

    void seal_padded(ossuary::bytes plaintext, std::size_t padded_len) {
        write_all(connection_.seal_padded(plaintext, padded_len, out_));
    }

    void print_exported() {
        std::array<std::uint8_t, 16> exported{};
        connection_.export_keying_material(std::string_view("matrix"), {}, exported);
        for (const auto byte : exported) {
            std::printf("%02x", byte);
        }
        std::printf("\n");
    }

  private:
    void write_all(std::size_t len) {
        for (std::size_t done = 0; done < len;) {
            const ssize_t written = write(stream_, out_.data() + done, len - done);
            CHECK(written > 0);
            done += static_cast<std::size_t>(written);
        }
    }

    ossuary::connection connection_;
    int stream_;
    std::vector<std::uint8_t> in_;
    std::vector<std::uint8_t> out_;
    std::size_t have_ = 0;
    std::size_t done_ = 0;
};

void client_talks(end &self) {
    std::vector<std::uint8_t> plaintext(SIZES[3]);
    for (std::size_t index = 0; index < plaintext.size(); index++) {
        plaintext[index] = static_cast<std::uint8_t>(index % 251);
    }
    const ossuary::bytes all(plaintext);
    const auto echoed = [&](std::size_t size) {
        const auto record = self.until(OSSUARY_EVENT_RECORD).plaintext;
        CHECK(record.size() == size && std::equal(record.begin(), record.end(), all.begin()));
    };
    for (const std::size_t size : SIZES) {
        self.seal(all.first(size));
        echoed(size);
        self.connection().rekey();
    }
    self.seal_padded(all.first(6), 1000);
    echoed(6);
    self.print_exported();
    self.connection().disconnect(false);
    self.flush();
}

void server_talks(end &self) {
    for (int records = 0; records < 5; records++) {
        const auto record = self.until(OSSUARY_EVENT_RECORD).plaintext;
        self.seal(std::vector<std::uint8_t>(record.begin(), record.end()));
    }
    self.print_exported();
    self.until(OSSUARY_EVENT_CLOSED);
    self.connection().end_of_stream();
}

ossuary::connection made(ossuary_role_t role) {
    const bool is_server = role == OSSUARY_SERVER;
    ossuary::config config(role);
    config.add_secret_key(is_server ? server_key() : client_key());
    config.authorize((is_server ? client_key() : server_key()).identity());
    return ossuary::connection(config);
}

} // namespace

int main(int count, char **arguments) {
    CHECK(count >= 2);
    const bool is_server = std::string_view(arguments[1]) == "server";
    int stream = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(stream >= 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto *const generic = reinterpret_cast<sockaddr *>(&address);
    if (is_server) {
        socklen_t len = sizeof address;
        const int listener = stream;
        CHECK(bind(listener, generic, sizeof address) == 0 && listen(listener, 1) == 0);
        CHECK(getsockname(listener, generic, &len) == 0);
        std::printf("%d\n", ntohs(address.sin_port));
        std::fflush(stdout);
        stream = accept(listener, nullptr, nullptr);
        CHECK(stream >= 0);
        close(listener);
        end self(made(OSSUARY_SERVER), stream);
        server_talks(self);
    } else {
        CHECK(count == 3);
        address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(arguments[2])));
        CHECK(connect(stream, generic, sizeof address) == 0);
        end self(made(OSSUARY_CLIENT), stream);
        while (self.connection().state() != OSSUARY_STATE_OPEN) {
            self.flush();
            if (self.connection().state() != OSSUARY_STATE_OPEN) {
                self.until(OSSUARY_EVENT_PROGRESS);
            }
        }
        client_talks(self);
    }
    return 0;
}
