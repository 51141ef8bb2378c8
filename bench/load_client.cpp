// The near end of bench/compare: many XMPP clients over direct TLS in one thread, bounded in time
// and count. Every answer is checked, every echo compared; the first surprise ends the program with
// exit 1. It measures nothing itself but counts and seconds: the cost is read from the target's
// process.
//
//   load_client idle    --target A:P --sessions 1000,8000      hold so many, step by step
//   load_client stanzas --target A:P --sessions 500 --size 200 --seconds 5 | --count N
//   load_client logins  --target A:P --count 4000              handshake, SASL PLAIN, bind, close
//   load_client arrivals --target A:P --phases 100:30,20:10    so many logins a second for so long
//
// With --websocket PATH the same over WebSocket (RFC 7395) on TLS.
//
// Prints "ready ..." when a step is reached and "done ..." at its end. With --wait it goes on after
// a "ready" only when a line comes in on standard input, so that a driver can read counters in
// between. SIGTERM makes the time of `stanzas` be over: what is on its way still comes back.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/arrivals.h"
#include "bench/load_options.h"
#include "bench/load_session.h"
#include "core/descriptor_limit.h"

namespace bench {
namespace {

using namespace std::literals;

volatile std::sig_atomic_t stop_wanted = 0;

core::SslContext make_tls(const LoadOptions& options) {
    core::SslContext tls(SSL_CTX_new(TLS_client_method()));
    if (!tls) throw std::runtime_error("no memory for TLS");
    const int version = options.tls == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION;
    const bool good = SSL_CTX_set_min_proto_version(tls.get(), version) == 1 &&
                      SSL_CTX_set_max_proto_version(tls.get(), version) == 1 &&
                      (version == TLS1_2_VERSION
                           ? SSL_CTX_set_cipher_list(tls.get(), options.cipher.c_str())
                           : SSL_CTX_set_ciphersuites(tls.get(), options.cipher.c_str())) == 1 &&
                      SSL_CTX_set1_groups_list(tls.get(), "X25519:P-256") == 1;
    if (!good) throw std::runtime_error("OpenSSL knows no cipher " + options.cipher);
    // The certificate is made for one run: whom we talk to is not in question, only what it costs.
    SSL_CTX_set_verify(tls.get(), SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_session_cache_mode(tls.get(),
                                   SSL_SESS_CACHE_OFF);  // every login is a full handshake
    SSL_CTX_set_mode(tls.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(tls.get(), 1);  // one read() a record instead of two
    const std::string_view alpn = options.websocket.empty() ? "\x0bxmpp-client" : "\x08http/1.1";
    SSL_CTX_set_alpn_protos(tls.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                            static_cast<unsigned>(alpn.size()));
    return tls;
}

class LoadClient {
public:
    explicit LoadClient(const LoadOptions& options)
        : options_(options),
          tls_(make_tls(options)),
          deadline_(Clock::now() + std::chrono::seconds(options.timeout)) {
        context_ = {.tls = tls_.get(),
                    .target = options.target,
                    .domain = options.domain,
                    .websocket = options.websocket,
                    .poller = &poller_};
    }

    void idle() {
        for (const std::uint32_t step : options_.sessions) {
            open_until(step);
            ready();
        }
        std::printf("done sessions=%zu\n", sessions_.size());
    }

    void stanzas() {
        StanzaText stanza(options_.size, options_.seed, !options_.websocket.empty());
        context_.stanza = &stanza;
        open_until(options_.sessions.back());
        if (options_.warmup > 0) exchange(std::chrono::seconds(options_.warmup), 0);
        ready();
        const auto start = Clock::now();
        const std::uint64_t echoes =
            exchange(std::chrono::seconds(options_.seconds), options_.count);
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        std::printf("done stanzas=%lu bytes=%lu echoes_ever=%lu seconds=%.3f\n", 2 * echoes,
                    2 * echoes * options_.size, echoes_ever_, seconds);
        std::fflush(stdout);
        for (auto& session : sessions_) session->end();
        while (over_ < sessions_.size()) turn();
    }

    void logins() {
        ready();
        const auto start = Clock::now();
        std::uint32_t started = 0;
        for (; started < std::min(options_.concurrency, options_.count); ++started) open_one();
        while (over_ < options_.count) {
            turn();
            for (const std::uint32_t number : just_ready_) sessions_[number]->end();
            for (const std::uint32_t number : just_over_) {
                if (started == options_.count) break;
                sessions_[number] = std::make_unique<LoadSession>(context_, number);
                ++started;
            }
        }
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        std::printf("done logins=%u seconds=%.3f tls=%s\n", over_, seconds, tls_facts_.c_str());
    }

    void arrivals() { run_arrivals(options_, context_); }

private:
    void open_one() {
        const auto number = static_cast<std::uint32_t>(sessions_.size());
        sessions_.push_back(std::make_unique<LoadSession>(context_, number));
    }

    /// Logs in until `count` sessions are ready, a few at a time.
    void open_until(std::uint32_t count) {
        while (ready_ < count) {
            while (sessions_.size() < count && sessions_.size() - ready_ < options_.concurrency)
                open_one();
            turn();
        }
    }

    /// Keeps every session busy until time (if any) or count (if any) is used up and the last echo
    /// is back. Returns the number of echoes.
    std::uint64_t exchange(std::chrono::seconds limit, std::uint64_t count) {
        const auto end = limit.count() > 0 ? Clock::now() + limit : deadline_;
        const std::uint64_t before = echoes_ever_;
        std::uint64_t started = 0;
        const auto start_one = [&](LoadSession& session) {
            if (count > 0 && started == count) return;
            ++started;
            session.send_message();
        };
        for (std::uint32_t i = 0; i < options_.in_flight; ++i) {
            for (auto& session : sessions_) start_one(*session);
        }
        on_echoes_ = [&](LoadSession& session, std::uint32_t echoes) {
            if (now_ >= end || stop_wanted != 0) return;
            for (; echoes > 0; --echoes) start_one(session);
        };
        while (echoes_ever_ - before < started) turn();
        on_echoes_ = nullptr;
        return echoes_ever_ - before;
    }

    void turn() {
        just_ready_.clear();
        just_over_.clear();
        const auto events = poller_.wait(100ms);
        now_ = Clock::now();
        if (now_ > deadline_)
            throw std::runtime_error("not done in " + std::to_string(options_.timeout) + " s");
        for (const epoll_event& event : events)
            on_ready(static_cast<std::uint32_t>(event.data.u64));
    }

    void on_ready(std::uint32_t number) {
        LoadSession& session = *sessions_[number];
        const auto step = session.step();
        const std::uint32_t echoes = session.echoes();
        session.on_ready();
        if (session.echoes() != echoes) {
            echoes_ever_ += session.echoes() - echoes;
            if (on_echoes_) on_echoes_(session, session.echoes() - echoes);
        }
        if (session.step() == step) return;
        if (session.step() == LoadSession::Step::ready) {
            ++ready_;
            just_ready_.push_back(number);
            if (tls_facts_.empty()) tls_facts_ = session.tls_facts();
        }
        if (session.step() == LoadSession::Step::over) {
            ++over_;
            just_over_.push_back(number);
        }
    }

    /// Tells the driver, and waits for it if asked to.
    void ready() {
        std::printf("ready sessions=%u tls=%s\n", ready_,
                    tls_facts_.empty() ? "-" : tls_facts_.c_str());
        std::fflush(stdout);
        std::string line;
        if (options_.wait && !std::getline(std::cin, line))
            throw std::runtime_error("the driver is gone");
    }

    const LoadOptions& options_;
    core::SslContext tls_;
    Clock::time_point deadline_;
    Clock::time_point now_;
    Poller poller_;
    LoadContext context_;
    std::vector<std::unique_ptr<LoadSession>> sessions_;  // by number
    std::vector<std::uint32_t> just_ready_, just_over_;   // numbers, of the last turn
    std::function<void(LoadSession&, std::uint32_t)> on_echoes_;
    std::string tls_facts_;
    std::uint64_t echoes_ever_ = 0;
    std::uint32_t ready_ = 0;  // logins ever
    std::uint32_t over_ = 0;   // streams ended ever
};

int run(int count, char** arguments) {
    const LoadOptions options = parse_load_options({arguments + 1, arguments + count});
    core::raise_descriptor_limit();

    LoadClient client(options);
    if (options.mode == LoadMode::stanzas) std::signal(SIGTERM, [](int) { stop_wanted = 1; });
    switch (options.mode) {
        case LoadMode::idle: client.idle(); break;
        case LoadMode::stanzas: client.stanzas(); break;
        case LoadMode::logins: client.logins(); break;
        case LoadMode::arrivals: client.arrivals(); break;
    }
    return 0;
}

}  // namespace
}  // namespace bench

int main(int count, char** arguments) {
    try {
        return bench::run(count, arguments);
    } catch (const std::invalid_argument& error) {
        std::fprintf(stderr, "load_client: %s\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "load_client: %s\n", error.what());
        return 1;
    }
}
