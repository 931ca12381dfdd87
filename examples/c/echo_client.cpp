// echo_client.c in C++: sends what comes in to a server that sends it back, and writes out what
// comes back. Nothing is lost where bytes are damaged on the way: what has no echo yet is sent
// again.

#include "common.h"

#include <ossuary.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::size_t record_len = 16384;
// How many records may wait for their echoes, and how much for the socket.
constexpr std::size_t window = 8;
constexpr std::size_t enough_waits = 65536;

constexpr const char *usage =
    "Sends standard input to an echo server, and writes what comes back to standard output.\n"
    "\n"
    "  echo_client_cpp -s PUBLIC_KEY [-k FILE] HOST PORT\n"
    "\n"
    "  -s PUBLIC_KEY  the server's Ed25519 public key, 64 hex digits\n"
    "  -k FILE        the client's secret key, as keygen writes it; without it, the client is\n"
    "                 anonymous\n";

std::system_error system_error(const char *what) { return {errno, std::generic_category(), what}; }

// A socket that is connected and does not block.
class tcp {
  public:
    tcp(const char *host, const char *port) {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo *found = nullptr;
        if (const int failed = getaddrinfo(host, port, &hints, &found)) {
            throw std::runtime_error(std::string(host) + ": " + gai_strerror(failed));
        }
        const std::unique_ptr<addrinfo, void (*)(addrinfo *)> all(found, freeaddrinfo);
        for (const addrinfo *at = found; at != nullptr && fd_ < 0; at = at->ai_next) {
            fd_ = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
            if (fd_ >= 0 && connect(fd_, at->ai_addr, at->ai_addrlen) != 0) {
                const int failed = errno;
                close(fd_);
                errno = failed;
                fd_ = -1;
            }
        }
        const int yes = 1;
        if (fd_ < 0 || fcntl(fd_, F_SETFL, O_NONBLOCK) != 0 ||
            setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0) {
            const std::system_error error = system_error(host);
            close_it();
            throw error;
        }
    }
    ~tcp() { close_it(); }
    tcp(const tcp &) = delete;
    tcp &operator=(const tcp &) = delete;

    int fd() const { return fd_; }

    // How much was written; nothing where the socket is full. What is wrong with it is found when
    // it is read from, behind what the peer had to say.
    std::size_t write(ossuary::bytes from) {
        const ssize_t written = ::write(fd_, from.data(), from.size());
        if (written >= 0) {
            return static_cast<std::size_t>(written);
        }
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : from.size();
    }

    // How much was read; nothing where nothing has come, and `ended` where nothing will.
    std::size_t read(ossuary::mutable_bytes to, bool &ended) {
        const ssize_t got = ::read(fd_, to.data(), to.size());
        if (got > 0) {
            return static_cast<std::size_t>(got);
        }
        ended = got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
        return 0;
    }

  private:
    void close_it() {
        if (fd_ >= 0) {
            close(fd_);
        }
    }

    int fd_ = -1;
};

class client {
  public:
    client(ossuary::config &config, const char *host, const char *port)
        : connection_(config), socket_(host, port) {
        connection_.advance(ossuary::time_now());
    }

    // Until all of the input is echoed, and the channel closed.
    void run() {
        while (turn()) {
            pollfd polled[2] = {{socket_.fd(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
            if (!out_.empty()) {
                polled[0].events |= POLLOUT;
            }
            if (all_read_ || unanswered_.size() == window) {
                polled[1].fd = -1;
            }
            if (poll(polled, 2, timeout()) < 0 && errno != EINTR) {
                throw system_error("poll");
            }
            if (polled[1].revents != 0) {
                read_input();
            }
            read_socket();
        }
    }

    // Tells the server that it ends here, as well as that can be done.
    void give_up() noexcept {
        std::error_code ignored;
        connection_.disconnect(true, ignored);
        std::array<std::uint8_t, OSSUARY_MAX_PACKET> packet;
        const std::size_t len = connection_.send(packet, ignored);
        if (out_.empty() && !ignored) {
            socket_.write({packet.data(), len});
        }
    }

  private:
    // Goes on as far as it goes without waiting; `false` at the end.
    bool turn() {
        connection_.advance(ossuary::time_now());
        for (;;) {
            send();
            if (connection_.state() == OSSUARY_STATE_CLOSED) {
                return !out_.empty(); // The close itself is to go out.
            }
            const ossuary::received received = connection_.receive(in_);
            switch (received.event) {
            case OSSUARY_EVENT_RECORD: take_echo(received.plaintext); break;
            case OSSUARY_EVENT_RESET:
                open_ = false;
                std::cerr << connection_.last_reset().text << '\n';
                break;
            case OSSUARY_EVENT_CLOSED: throw std::runtime_error("the server closed the channel");
            case OSSUARY_EVENT_NEED_BYTES:
                if (ended_) {
                    connection_.end_of_stream(); // throws: it was not closed
                }
                return true;
            case OSSUARY_EVENT_NOT_YET:
                if (connection_.send_len() == 0) {
                    return true;
                }
                break;
            default: break;
            }
            in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(received.consumed));
        }
    }

    // What the protocol has to send, and then records, as long as not too much waits.
    void send() {
        while (const std::size_t len = connection_.send_len()) {
            append(len, [&](ossuary::mutable_bytes room) { return connection_.send(room); });
        }
        if (connection_.state() == OSSUARY_STATE_OPEN) {
            if (!open_) {
                opened();
            }
            while (sealed_ < unanswered_.size() && out_.size() < enough_waits) {
                const std::vector<std::uint8_t> &record = unanswered_[sealed_];
                append(record.size() + connection_.record_overhead(),
                       [&](ossuary::mutable_bytes room) { return connection_.seal(record, room); });
                sealed_++;
            }
            if (all_read_ && unanswered_.empty()) {
                connection_.disconnect(false);
                send();
            }
        } else {
            open_ = false;
        }
        std::size_t written = 1;
        while (!out_.empty() && written > 0) {
            written = socket_.write(out_);
            out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(written));
        }
    }

    // The channel is open, for the first time or after a recovery: echoes of before do not come
    // any more, and all is sent again that has none.
    void opened() {
        open_ = true;
        sealed_ = 0;
        if (const auto delivery = connection_.take_delivery()) {
            std::cerr << "the channel was recovered: " << delivery->received << " of "
                      << delivery->sent << " records had arrived\n";
        }
    }

    template <class F> void append(std::size_t room, F write) {
        const std::size_t at = out_.size();
        out_.resize(at + room);
        out_.resize(at + write(ossuary::mutable_bytes(out_).after(at)));
    }

    void take_echo(ossuary::bytes echo) {
        if (sealed_ == 0 || echo.text() != ossuary::bytes(unanswered_.front()).text()) {
            throw std::runtime_error("the server sent something else than an echo");
        }
        unanswered_.pop_front();
        sealed_--;
        std::cout << echo.text() << std::flush;
        if (!std::cout) {
            throw std::runtime_error("standard output cannot be written to");
        }
    }

    void read_input() {
        std::vector<std::uint8_t> record(record_len);
        const ssize_t got = read(STDIN_FILENO, record.data(), record.size());
        if (got < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
                return;
            }
            throw system_error("standard input");
        }
        record.resize(static_cast<std::size_t>(got));
        if (got == 0) {
            all_read_ = true;
        } else {
            unanswered_.push_back(std::move(record));
        }
    }

    void read_socket() {
        const std::size_t at = in_.size();
        in_.resize(at + record_len);
        in_.resize(at + socket_.read(ossuary::mutable_bytes(in_).after(at), ended_));
    }

    int timeout() const {
        const auto deadline = connection_.deadline();
        if (!deadline) {
            return -1;
        }
        const auto left = (*deadline - ossuary::time_now()).count();
        return left <= 0 ? 0 : left < 60000 ? static_cast<int>(left) : 60000;
    }

    ossuary::connection connection_;
    tcp socket_;
    // What has come and is not taken yet; what is to go out.
    std::vector<std::uint8_t> in_, out_;
    // What has no echo yet; the first `sealed_` of them are sent on this channel.
    std::deque<std::vector<std::uint8_t>> unanswered_;
    std::size_t sealed_ = 0;
    bool open_ = false, all_read_ = false, ended_ = false;
};

int run(const char *server_key, const char *key_file, const char *host, const char *port) {
    ossuary::config config(OSSUARY_CLIENT);
    std::array<std::uint8_t, PUBLIC_KEY_SIZE> public_key;
    if (from_hex(server_key, public_key.data(), public_key.size()) == 0) {
        throw std::runtime_error(std::string(server_key) + " is no public key of 64 hex digits");
    }
    config.authorize(ossuary::identity(OSSUARY_ED25519, public_key));
    config.set_trust(OSSUARY_TRUST_AUTHORIZED);
    if (key_file != nullptr) {
        std::array<std::uint8_t, OSSUARY_SECRET_KEY_SIZE> secret;
        if (read_key_file(key_file, secret.data()) == 0) {
            return EXIT_FAILURE;
        }
        const ossuary::secret_key key(OSSUARY_ED25519, secret);
        ossuary::wipe(secret);
        config.add_secret_key(key);
    }
    client client(config, host, port);
    try {
        client.run();
    } catch (...) {
        client.give_up();
        throw;
    }
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char **argv) {
    const char *server_key = nullptr;
    const char *key_file = nullptr;
    int option = 0;
    while ((option = getopt(argc, argv, "s:k:h")) != -1) {
        switch (option) {
        case 's': server_key = optarg; break;
        case 'k': key_file = optarg; break;
        case 'h': std::cout << usage; return EXIT_SUCCESS;
        default: std::cerr << usage; return 2;
        }
    }
    if (server_key == nullptr || argc - optind != 2) {
        std::cerr << usage;
        return 2;
    }
    try {
        // A server that goes away is told by `write`.
        if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
            throw system_error("signal");
        }
        return run(server_key, key_file, argv[optind], argv[optind + 1]);
    } catch (const ossuary::error &error) {
        std::cerr << "the channel: " << error.what() << '\n';
    } catch (const std::exception &error) {
        std::cerr << error.what() << '\n';
    }
    return EXIT_FAILURE;
}
