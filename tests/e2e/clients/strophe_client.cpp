// A user of libstrophe for the end-to-end tests. Commands come as lines on standard input, what
// happens goes out as lines on standard output:
//
//   in:   connect         opens a stream; after a cut one that resumes the session (XEP-0198)
//         send STANZA     one whole stanza on one line
//         cut             the connection is gone, as on a train
//         quit            closes the stream and ends
//   out:  online JID      a session has begun, or goes on
//         offline ERROR   the connection is gone
//         stanza STANZA   what came, on one line
//
// The password is the first line of all. Everything else is an argument; see usage().

#include <fcntl.h>
#include <poll.h>
#include <strophe.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace {

constexpr unsigned long kTurnMs = 10;  // how long a command may wait for its turn

struct FreeContext {
    void operator()(xmpp_ctx_t* context) const { xmpp_ctx_free(context); }
};
struct ReleaseConnection {
    void operator()(xmpp_conn_t* connection) const { xmpp_conn_release(connection); }
};
struct ReleaseStanza {
    void operator()(xmpp_stanza_t* stanza) const { xmpp_stanza_release(stanza); }
};
struct FreeState {
    void operator()(xmpp_sm_state_t* state) const { xmpp_free_sm_state(state); }
};

struct Settings {
    std::string jid, address;
    unsigned short port = 0;
    bool is_direct_tls = false;
    std::string authority;
    std::string password;
};

void tell(std::string_view word, std::string_view rest) {
    std::string line(word);
    line += ' ';
    for (const char byte : rest) {
        if (byte == '\n') {
            line += "&#10;";
        } else {
            line += byte;
        }
    }
    std::puts(line.c_str());
    std::fflush(stdout);
}

/// Lines of standard input, as they come.
class Commands {
public:
    Commands() { ::fcntl(STDIN_FILENO, F_SETFL, ::fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK); }

    std::optional<std::string> next() {
        receive();
        const std::size_t end = input_.find('\n');
        if (end == std::string::npos) return std::nullopt;
        std::string line = input_.substr(0, end);
        input_.erase(0, end + 1);
        return line;
    }
    std::string wait_for_next() {
        while (!is_over_) {
            if (auto line = next()) return *line;
            pollfd waiting{STDIN_FILENO, POLLIN, 0};
            ::poll(&waiting, 1, -1);
        }
        return {};
    }
    bool is_over() const { return is_over_; }

private:
    void receive() {
        std::array<char, 4096> bytes;
        ssize_t count = 0;
        while ((count = ::read(STDIN_FILENO, bytes.data(), bytes.size())) > 0) {
            input_.append(bytes.data(), static_cast<std::size_t>(count));
        }
        is_over_ = is_over_ || count == 0;
    }

    std::string input_;
    bool is_over_ = false;
};

class Client {
public:
    explicit Client(Settings settings)
        : settings_(std::move(settings)), context_(xmpp_ctx_new(nullptr, nullptr)) {}

    void perform(const std::string& command) {
        const std::size_t space = command.find(' ');
        const std::string word = command.substr(0, space);
        if (word == "connect") connect();
        if (word == "send") send(command.substr(space + 1));
        if (word == "cut") cut();
        if (word == "quit") quit();
    }
    void turn() { xmpp_run_once(context_.get(), kTurnMs); }
    bool has_quit() const { return is_quitting_ && !is_online_; }

private:
    static Client& self(void* client) { return *static_cast<Client*>(client); }

    void connect() {
        std::unique_ptr<xmpp_sm_state_t, FreeState> state;
        if (connection_) state.reset(xmpp_conn_get_sm_state(connection_.get()));
        connection_.reset(xmpp_conn_new(context_.get()));
        xmpp_conn_t* raw = connection_.get();
        xmpp_conn_set_flags(raw, settings_.is_direct_tls ? XMPP_CONN_FLAG_LEGACY_SSL
                                                         : XMPP_CONN_FLAG_MANDATORY_TLS);
        xmpp_conn_set_jid(raw, settings_.jid.c_str());
        xmpp_conn_set_pass(raw, settings_.password.c_str());
        xmpp_conn_set_cafile(raw, settings_.authority.c_str());
        xmpp_conn_set_sockopt_callback(raw, &on_socket);
        if (state && xmpp_conn_set_sm_state(raw, state.get()) == XMPP_EOK) (void)state.release();
        xmpp_handler_add(raw, &on_stanza, nullptr, nullptr, nullptr, this);
        const int outcome =
            xmpp_connect_client(raw, settings_.address.c_str(), settings_.port, &on_event, this);
        if (outcome != XMPP_EOK) tell("offline", "not connected");
    }

    void send(const std::string& text) {
        const std::unique_ptr<xmpp_stanza_t, ReleaseStanza> stanza(
            xmpp_stanza_new_from_string(context_.get(), text.c_str()));
        if (!stanza) return tell("error", "no stanza: " + text);
        xmpp_send(connection_.get(), stanza.get());
    }

    /// What the library has written may be lost on the way.
    void cut() {
        while (xmpp_conn_send_queue_len(connection_.get()) > 0) turn();
        sockaddr nobody{};
        nobody.sa_family = AF_UNSPEC;
        ::connect(socket_, &nobody, sizeof nobody);  // Linux: the connection is reset
    }

    void quit() {
        is_quitting_ = true;
        if (is_online_) xmpp_disconnect(connection_.get());
    }

    static void on_event(xmpp_conn_t* connection, xmpp_conn_event_t event, int error,
                         xmpp_stream_error_t* stream_error, void* client) {
        self(client).is_online_ = event == XMPP_CONN_CONNECT;
        if (event == XMPP_CONN_CONNECT) {
            const char* jid = xmpp_conn_get_bound_jid(connection);
            tell("online", jid == nullptr ? "" : jid);
        } else {
            const int condition =
                stream_error == nullptr ? -1 : static_cast<int>(stream_error->type);
            tell("offline", std::to_string(error) + " " + std::to_string(condition));
        }
    }

    static int on_stanza(xmpp_conn_t* connection, xmpp_stanza_t* stanza, void*) {
        char* text = nullptr;
        std::size_t size = 0;
        if (xmpp_stanza_to_text(stanza, &text, &size) != XMPP_EOK) return 1;
        tell("stanza", {text, size});
        xmpp_free(xmpp_conn_get_context(connection), text);
        return 1;  // go on calling
    }

    /// The library shows its socket, but no user data.
    static int on_socket(xmpp_conn_t*, void* socket) {
        socket_ = *static_cast<int*>(socket);
        return 0;
    }

    static inline int socket_ = -1;
    Settings settings_;
    std::unique_ptr<xmpp_ctx_t, FreeContext> context_;
    std::unique_ptr<xmpp_conn_t, ReleaseConnection> connection_;
    bool is_online_ = false;
    bool is_quitting_ = false;
};

int usage() {
    std::fputs("usage: strophe_client JID ADDRESS PORT starttls|direct CAFILE\n", stderr);
    return 2;
}

}  // namespace

int main(int count, char** words) {
    if (count != 6) return usage();
    Commands commands;
    Settings settings{words[1],
                      words[2],
                      static_cast<unsigned short>(std::atoi(words[3])),
                      std::string_view(words[4]) == "direct",
                      words[5],
                      commands.wait_for_next()};
    xmpp_initialize();
    {
        Client client(std::move(settings));
        while (!client.has_quit() && !commands.is_over()) {
            while (const auto command = commands.next()) client.perform(*command);
            client.turn();
        }
    }
    xmpp_shutdown();
    return 0;
}
