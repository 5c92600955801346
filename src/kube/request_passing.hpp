#pragma once

#include "kube/exchange.hpp"

#include <verbatim/net/waiter.hpp>

#include <functional>

namespace verbatim::kube {

/// Watches a client between the end of its request and its next one, so that a client that leaves
/// ends what the cluster still answers. Thread: the connection's loop. Outlives its task.
class client_watch {
public:
    explicit client_watch(client_side& client) : client_(client) {}

    /// From here on `gone` is called when the client goes. The request's body has been read.
    void begin(std::function<void()> gone);
    void end() noexcept { gone_ = nullptr; }
    /// As if the client had gone, for now and later: one that has sent its next request already is
    /// not watched.
    void give_up();

    /// Waits for the first byte of the next request, or the end.
    [[nodiscard]] boost::asio::awaitable<result<void>> next_request();

private:
    boost::asio::awaitable<void> watch();

    client_side& client_;
    std::function<void()> gone_;
    bool watching_ = false, given_up_ = false;
    result<void> seen_;
    net::waiter changed_;
};

/// Passes an ordinary request on and its answer back, both as they come. True if the connection may
/// carry another request.
[[nodiscard]] boost::asio::awaitable<bool> pass_request(
    client_side& client, client_watch& watch, exchange& of);

/// Passes an answer back whose head has been read from `connection`; its event first. True if the
/// client's connection may carry another request. The upstream connection may be used again if its
/// http.body_done() and http.keep_alive().
[[nodiscard]] boost::asio::awaitable<bool> pass_answer(
    client_side& client, const exchange& of, http_reader& from, response_head answer);

} // namespace verbatim::kube
