#pragma once
// A SPDY peer made by hand, which can do what ours does not.

#include "support/fake_byte_stream.hpp"

#include <verbatim/wire/spdy.hpp>

#include <string>
#include <vector>

namespace verbatim::test {

class spdy_peer {
public:
    using stream_id = wire::spdy::stream_id;
    explicit spdy_peer(fake_byte_stream& end) : end_(end) {}

    void open(stream_id id, const std::vector<wire::spdy::header>& headers)
    {
        byte_buffer out;
        writer_.open(out, id, headers);
        end_.send(out);
    }
    void reply(stream_id id)
    {
        byte_buffer out;
        writer_.reply(out, id);
        end_.send(out);
    }
    void reset(stream_id id)
    {
        byte_buffer out;
        writer_.reset(out, id, wire::spdy::reset_status::cancel);
        end_.send(out);
    }
    void ping(std::uint32_t id)
    {
        byte_buffer out;
        writer_.ping(out, id);
        end_.send(out);
    }
    void goaway(stream_id last)
    {
        byte_buffer out;
        writer_.goaway(out, last);
        end_.send(out);
    }
    void data(stream_id id, std::string_view text, bool fin = false)
    {
        byte_buffer out;
        writer_.data_head(out, id, text.size(), fin);
        append(out, as_bytes(text));
        end_.send(out);
    }

    /// What has arrived, a word a frame.
    std::string frames()
    {
        const auto bytes = end_.take();
        byte_view input = bytes;
        std::string out;
        for (;;) {
            const auto frame = reader_.next(input);
            if (!frame || !*frame) return out;
            out += word(**frame) + " ";
        }
    }

private:
    static std::string word(const wire::spdy::frame& frame)
    {
        namespace spdy = wire::spdy;
        const auto n = [](auto id) { return std::to_string(id); };
        if (const auto* f = std::get_if<spdy::syn_stream>(&frame)) return "syn" + n(f->id);
        if (const auto* f = std::get_if<spdy::syn_reply>(&frame)) return "reply" + n(f->id);
        if (const auto* f = std::get_if<spdy::reset>(&frame))
            return "reset" + n(f->id) + "/" + n(f->status);
        if (const auto* f = std::get_if<spdy::ping>(&frame)) return "ping" + n(f->id);
        if (const auto* f = std::get_if<spdy::goaway>(&frame)) return "goaway" + n(f->last_good);
        if (const auto* f = std::get_if<spdy::data>(&frame))
            return "data" + n(f->id) + ":" + std::string(as_text(f->bytes)) + (f->fin ? "." : "");
        return "ignored";
    }

    fake_byte_stream& end_;
    wire::spdy::frame_writer writer_;
    wire::spdy::frame_reader reader_;
};

} // namespace verbatim::test
