#include <verbatim/wire/recording_reader.hpp>

#include <verbatim/wire/record_stream.hpp>

#include "wire/recording_event.hpp"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace verbatim::wire {
namespace {

/// The field number of an event that our OneOf does not know, and what it holds.
struct unknown_field {
    std::uint32_t number = 0;
    byte_view value;
};

std::optional<unknown_field> first_field(byte_view record)
{
    google::protobuf::io::CodedInputStream in(
        reinterpret_cast<const std::uint8_t*>(record.data()), static_cast<int>(record.size()));
    std::uint32_t tag = 0, size = 0;
    if (!in.ReadVarint32(&tag) || (tag & 7) != 2 || tag < 8 || !in.ReadVarint32(&size))
        return std::nullopt;
    auto at = static_cast<std::size_t>(in.CurrentPosition());
    if (size > record.size() - at) return std::nullopt;
    return unknown_field{tag >> 3, record.subspan(at, size)};
}

stream_tag stream_from(std::uint32_t value)
{
    // A stream of a later version is shown if it has data; nothing is lost either way.
    constexpr auto last = static_cast<std::uint32_t>(stream_tag::command);
    return value <= last ? static_cast<stream_tag>(value) : stream_tag::standard_output;
}

recorded_print print_from(const ::events::SessionPrint& from)
{
    return {stream_from(from.stream()), as_bytes(from.data()), as_bytes(from.input()),
        from.delay_milliseconds(), from.offset(), from.chunk_index(), from.party()};
}

const ::events::Metadata& metadata_of(const ::events::OneOf& message)
{
    switch (message.event_case()) {
    case ::events::OneOf::kSessionStart: return message.session_start().metadata();
    case ::events::OneOf::kSessionJoin: return message.session_join().metadata();
    case ::events::OneOf::kSessionPrint: return message.session_print().metadata();
    case ::events::OneOf::kResize: return message.resize().metadata();
    case ::events::OneOf::kSessionEnd: return message.session_end().metadata();
    default: return message.session_leave().metadata();
    }
}

/// Gives every event a place in time that never falls. Ours say it themselves.
class timeline {
public:
    std::int64_t place(wall_time time, std::int64_t at_us, std::optional<std::int64_t> delay_ms)
    {
        if (!first_) first_ = time;
        if (at_us == 0) at_us = delay_ms ? of_print(time, *delay_ms) : since_first(time);
        last_ = std::max(last_, at_us);
        return last_;
    }

private:
    std::int64_t since_first(wall_time time) const
    {
        // In seconds first: two absurd times must not overflow nanoseconds.
        auto apart = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch() -
                     std::chrono::floor<std::chrono::seconds>(*first_).time_since_epoch();
        if (apart.count() < 0 || apart > std::chrono::hours(24 * 366)) return last_;
        return std::chrono::duration_cast<std::chrono::microseconds>(time - *first_).count();
    }
    std::int64_t of_print(wall_time time, std::int64_t delay_ms)
    {
        constexpr std::int64_t year_ms = 366LL * 24 * 3600 * 1000;
        auto delay = std::clamp<std::int64_t>(delay_ms, 0, year_ms);
        if (!first_print_)
            first_print_ = std::max<std::int64_t>(0, since_first(time) - delay * 1000);
        return *first_print_ + delay * 1000;
    }

    std::optional<wall_time> first_;
    std::optional<std::int64_t> first_print_;
    std::int64_t last_ = 0;
};

} // namespace

result<std::size_t> memory_source::read(std::span<std::byte> into)
{
    auto count = std::min({into.size(), rest_.size(), at_most_});
    if (count > 0) std::memcpy(into.data(), rest_.data(), count);
    rest_ = rest_.subspan(count);
    return count;
}

struct recording_reader::implementation {
    explicit implementation(recording_source& source) : stream(source) {}

    record_stream stream;
    ::events::OneOf message; ///< keeps what the views of the last event refer to
    timeline times;
    std::int64_t last_index = -1;
    recording_verdict verdict;

    result<std::optional<recorded_event>> next();
    result<recorded_event> decode(byte_view record);
    result<recorded_event> decode_unknown(byte_view record);
    void count();
};

result<recorded_event> recording_reader::implementation::decode_unknown(byte_view record)
{
    auto field = first_field(record);
    if (!field) return errc::malformed;
    ::events::AnyEvent any;
    if (!any.ParseFromArray(field->value.data(), static_cast<int>(field->value.size())))
        return errc::malformed;
    const auto& metadata = any.metadata();
    return recorded_event{metadata.index(), from_message(metadata.time()), metadata.at_us(),
        metadata.type(), recorded_other{field->number}};
}

result<recorded_event> recording_reader::implementation::decode(byte_view record)
{
    if (!message.ParseFromArray(record.data(), static_cast<int>(record.size())))
        return errc::malformed;
    if (message.event_case() == ::events::OneOf::EVENT_NOT_SET) return decode_unknown(record);
    const auto& metadata = metadata_of(message);
    recorded_event out{metadata.index(), from_message(metadata.time()), metadata.at_us(),
        metadata.type(), recorded_other{}};
    if (message.has_session_print()) {
        out.at_us = message.session_print().at_us();
        out.body = print_from(message.session_print());
    } else {
        out.body = from_message(message);
    }
    return out;
}

result<std::optional<recorded_event>> recording_reader::implementation::next()
{
    for (;;) {
        auto record = stream.next();
        if (!record) return record.error();
        if (!*record) return std::optional<recorded_event>();
        auto found = decode(**record);
        if (!found) return found.error();
        if (found->index <= last_index) {
            ++verdict.duplicates;
            continue;
        }
        last_index = found->index;
        std::optional<std::int64_t> delay;
        if (auto* print = std::get_if<recorded_print>(&found->body)) delay = print->delay_ms;
        found->at_us = times.place(found->time, found->at_us, delay);
        ++verdict.records;
        return std::optional<recorded_event>(std::move(*found));
    }
}

void recording_reader::implementation::count()
{
    verdict.parts = stream.parts();
    verdict.bytes_read = stream.bytes_read();
    verdict.sound_bytes = stream.sound_bytes();
}

recording_reader::recording_reader(recording_source& source)
    : implementation_(std::make_unique<implementation>(source))
{}

recording_reader::~recording_reader() = default;

result<std::optional<recorded_event>> recording_reader::next()
{
    auto& self = *implementation_;
    if (self.verdict.error) return self.verdict.error;
    auto found = self.next();
    self.count();
    if (!found) self.verdict.error = found.error();
    else if (!*found) self.verdict.complete = true;
    return found;
}

const recording_verdict& recording_reader::verdict() const noexcept
{
    return implementation_->verdict;
}

const std::optional<cut_point>& recording_reader::cut() const noexcept
{
    return implementation_->stream.cut();
}

} // namespace verbatim::wire
