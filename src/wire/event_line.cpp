#include <verbatim/wire/event_line.hpp>

#include <verbatim/wire/event_json.hpp>

#include <boost/json/parser.hpp>

#include <algorithm>
#include <charconv>

namespace verbatim::wire {
namespace {

namespace json = boost::json;

constexpr std::size_t max_depth = 32;

std::optional<std::string> scalar_text(const json::value& value)
{
    switch (value.kind()) {
    case json::kind::string: return std::string(value.get_string());
    case json::kind::int64: return std::to_string(value.get_int64());
    case json::kind::uint64: return std::to_string(value.get_uint64());
    case json::kind::bool_: return std::string(value.get_bool() ? "true" : "false");
    case json::kind::double_: {
        char digits[32];
        const auto end = std::to_chars(digits, digits + sizeof digits, value.get_double()).ptr;
        return std::string(digits, end);
    }
    default: return std::nullopt;
    }
}

void take_list(parsed_line& line, std::string_view key, const json::array& values)
{
    auto& list = line.lists.emplace_back(std::string(key), std::vector<std::string>{}).second;
    for (const auto& value : values)
        if (auto text = scalar_text(value)) list.push_back(std::move(*text));
}

void take_nested(parsed_line& line, std::string_view key, const json::object& members)
{
    for (const auto& member : members)
        if (auto text = scalar_text(member.value()))
            line.nested.emplace_back(
                std::string(key) + '.' + std::string(member.key()), std::move(*text));
}

template <class Value>
const Value* find(
    const std::vector<std::pair<std::string, Value>>& members, std::string_view key) noexcept
{
    const auto at =
        std::ranges::find(members, key, [](const auto& m) -> std::string_view { return m.first; });
    return at == members.end() ? nullptr : &at->second;
}

result<parsed_line> named_members(parsed_line line)
{
    line.type = line.text("event");
    if (line.type.empty()) return errc::malformed;
    const auto time = parse_rfc3339(line.text("time"));
    if (!time) return errc::malformed;
    line.time = *time;
    line.code = line.text("code");
    line.uid = line.text("uid");
    line.index = line.number("ei").value_or(0);
    line.user = line.text("user");
    line.login = line.text("login");
    line.sid = line.text("sid");
    line.server_hostname = line.text("server_hostname");
    line.server_addr = line.text("server_addr");
    line.remote_addr = line.text("addr.remote");
    line.protocol = line.text("proto");
    return line;
}

// Reads fixed-width decimal fields from the front of a text.
class digit_reader {
public:
    explicit digit_reader(std::string_view text) : rest_(text) {}

    int digits(std::size_t count)
    {
        if (rest_.size() < count) ok_ = false;
        int value = 0;
        for (std::size_t i = 0; ok_ && i < count; ++i) {
            ok_ = rest_[i] >= '0' && rest_[i] <= '9';
            value = value * 10 + (rest_[i] - '0');
        }
        if (ok_) rest_.remove_prefix(count);
        return value;
    }
    bool take(std::string_view any_of)
    {
        if (rest_.empty() || any_of.find(rest_.front()) == rest_.npos) return false;
        taken_ = rest_.front();
        rest_.remove_prefix(1);
        return true;
    }
    void expect(std::string_view any_of) { ok_ = take(any_of) && ok_; }
    // The digits of a second's fraction; those below nanoseconds are dropped.
    std::int64_t nanoseconds()
    {
        std::int64_t value = 0;
        std::int64_t unit = 100'000'000;
        bool any = false;
        for (; take("0123456789"); unit /= 10, any = true) value += (taken_ - '0') * unit;
        ok_ = ok_ && any;
        return value;
    }
    char taken() const { return taken_; }
    bool ended_well() const { return ok_ && rest_.empty(); }
    bool ok() const { return ok_; }

private:
    std::string_view rest_;
    char taken_ = 0;
    bool ok_ = true;
};

// "Z" or "+HH:MM", as the time to take away.
std::chrono::minutes read_offset(digit_reader& in)
{
    in.expect("Zz+-");
    if (in.taken() != '+' && in.taken() != '-') return {};
    const int sign = in.taken() == '-' ? -1 : 1;
    const int hours = in.digits(2);
    in.expect(":");
    const int minutes = in.digits(2);
    if (hours > 23 || minutes > 59) in.expect("");
    return std::chrono::minutes(sign * (hours * 60 + minutes));
}

} // namespace

std::string_view parsed_line::text(std::string_view key) const noexcept
{
    const auto* value = find(scalars, key);
    return value ? std::string_view(*value) : std::string_view();
}

std::optional<std::int64_t> parsed_line::number(std::string_view key) const noexcept
{
    const auto digits = text(key);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || digits.empty() || end != digits.data() + digits.size())
        return std::nullopt;
    return value;
}

bool parsed_line::flag(std::string_view key) const noexcept { return text(key) == "true"; }

const std::vector<std::string>& parsed_line::list(std::string_view key) const noexcept
{
    static const std::vector<std::string> none;
    const auto* value = find(lists, key);
    return value ? *value : none;
}

std::optional<wall_time> parsed_line::time_of(std::string_view key) const noexcept
{
    const auto parsed = parse_rfc3339(text(key));
    return parsed ? std::optional(*parsed) : std::nullopt;
}

result<parsed_line> parse_event_line(std::string_view line)
{
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (line.size() >= max_line_bytes) return errc::out_of_range;

    json::parse_options options;
    options.max_depth = max_depth;
    json::parser parser({}, options);
    error_code failed;
    parser.write(line.data(), line.size(), failed);
    if (failed) return errc::malformed;
    const json::value value = parser.release();
    const auto* object = value.if_object();
    if (!object) return errc::malformed;

    parsed_line parsed;
    parsed.scalars.reserve(object->size());
    for (const auto& member : *object) {
        const std::string_view key = member.key();
        if (const auto* list = member.value().if_array()) take_list(parsed, key, *list);
        else if (const auto* nested = member.value().if_object()) take_nested(parsed, key, *nested);
        else if (auto text = scalar_text(member.value()))
            parsed.scalars.emplace_back(std::string(key), std::move(*text));
    }
    return named_members(std::move(parsed));
}

result<wall_time> parse_rfc3339(std::string_view text)
{
    using namespace std::chrono;
    digit_reader in(text);
    const int year = in.digits(4);
    in.expect("-");
    const int month = in.digits(2);
    in.expect("-");
    const int day = in.digits(2);
    in.expect("Tt ");
    const int hour = in.digits(2);
    in.expect(":");
    const int minute = in.digits(2);
    in.expect(":");
    const int second = in.digits(2);
    const std::int64_t fraction = in.take(".") ? in.nanoseconds() : 0;
    const auto offset = read_offset(in);
    if (!in.ended_well()) return errc::malformed;

    const year_month_day date{std::chrono::year(year), std::chrono::month(unsigned(month)),
        std::chrono::day(unsigned(day))};
    // 60 is a leap second; it becomes the next minute's first.
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return errc::malformed;
    if (year < 1678 || year > 2261) return errc::out_of_range;
    return wall_time(sys_days(date).time_since_epoch() + hours(hour) + minutes(minute) +
                     seconds(second) + nanoseconds(fraction) - offset);
}

} // namespace verbatim::wire
