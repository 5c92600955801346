#pragma once

#include <set>
#include <string>

namespace verbatim::server {

/// The running connections of one loop. Thread: that loop.
template <class Connection>
class live_set {
public:
    /// A connection in the set, whatever ends it.
    class entry {
    public:
        entry(live_set& all, Connection& one) : all_(all), one_(one)
        {
            all_.running_.insert(&one_);
        }
        ~entry() { all_.running_.erase(&one_); }
        entry(const entry&) = delete;
        entry& operator=(const entry&) = delete;

    private:
        live_set& all_;
        Connection& one_;
    };

    void tell(const std::string& line)
    {
        for (auto* connection : running_) connection->notice(line);
    }
    void close(const std::string& line)
    {
        const auto closing = running_; // close() may end one at once
        for (auto* connection : closing)
            if (running_.contains(connection)) connection->close(line);
    }

private:
    std::set<Connection*> running_;
};

} // namespace verbatim::server
