#pragma once

#include "server/admission.hpp"
#include "server/connection_service.hpp"
#include "server/serving.hpp"

#include <verbatim/config/settings.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace verbatim::server {

/// Accepts connections for one service and spreads them over the loops.
/// Thread: the first loop, but for construction. All arguments outlive it.
class listener {
public:
    /// `name` is the configuration's section: "ssh", "kubernetes".
    listener(std::string name, serving& on, connection_service& service, admission::limits limits);

    /// Throws std::runtime_error with a line that says what to do.
    void open(const config::listen_address& where);
    bool is_open() const noexcept { return acceptor_.is_open(); }
    const std::string& name() const noexcept { return name_; }
    std::string bound() const; ///< "address:port"

    /// Runs until close().
    boost::asio::awaitable<void> accept();
    void close();

private:
    void admit(boost::asio::ip::tcp::socket socket, std::size_t loop);
    boost::asio::awaitable<void> serve(admitted_connection connection, std::size_t loop);

    std::string name_;
    serving& on_;
    connection_service& service_;
    admission admission_;
    boost::asio::ip::tcp::acceptor acceptor_;
    bool closing_ = false;
};

} // namespace verbatim::server
