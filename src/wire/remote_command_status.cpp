#include <verbatim/wire/remote_command.hpp>

#include <verbatim/base/text.hpp>

#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>

namespace verbatim::wire::remote_command {
namespace {

namespace json = boost::json;

constexpr std::size_t max_depth = 16;
constexpr std::string_view non_zero_exit = "NonZeroExitCode", exit_code_cause = "ExitCode";
constexpr std::string_view internal_error = "InternalError";

std::string text_at(const json::object& object, std::string_view key)
{
    const auto* value = object.if_contains(key);
    const auto* text = value ? value->if_string() : nullptr;
    return text ? std::string(*text) : std::string();
}

std::optional<std::uint32_t> number_of(std::string_view digits)
{
    std::uint32_t value = 0;
    const auto end = digits.data() + digits.size();
    const auto [at, failed] = std::from_chars(digits.data(), end, value);
    if (failed != std::errc{} || at != end) return std::nullopt;
    return value;
}

// The first cause that is an exit code counts, as for kubectl.
std::optional<std::uint32_t> exit_code_of(const json::object& status)
{
    const auto* details = status.if_contains("details");
    if (!details || !details->is_object()) return std::nullopt;
    const auto* causes = details->get_object().if_contains("causes");
    if (!causes || !causes->is_array()) return std::nullopt;
    for (const auto& cause : causes->get_array())
        if (cause.is_object() && text_at(cause.get_object(), "reason") == exit_code_cause)
            return number_of(text_at(cause.get_object(), "message"));
    return std::nullopt;
}

status unreadable(std::string_view why)
{
    status outcome;
    outcome.success = false;
    outcome.message = why;
    outcome.reason = internal_error;
    return outcome;
}

status parse_object(const json::object& object)
{
    const auto how = text_at(object, "status");
    status outcome;
    outcome.success = how == "Success";
    outcome.message = text_at(object, "message");
    outcome.reason = text_at(object, "reason");
    if (outcome.success) outcome.exit_code = 0;
    else if (how != "Failure") return unreadable("the status says neither Success nor Failure");
    else if (outcome.reason == non_zero_exit) outcome.exit_code = exit_code_of(object);
    return outcome;
}

// Members stand in the order in which Kubernetes writes them.
json::object failure(std::string_view message, std::string_view reason)
{
    json::object object;
    object["metadata"] = json::object();
    object["status"] = "Failure";
    object["message"] = to_printable_utf8(message);
    object["reason"] = reason;
    return object;
}

json::object details(json::object cause) { return {{"causes", json::array{std::move(cause)}}}; }

} // namespace

status parse_status(version v, std::string_view text)
{
    if (text.size() > max_status_bytes) return unreadable("the status is too long");
    if (!has_status(v)) {
        status outcome;
        outcome.success = text.empty();
        outcome.message = text;
        if (outcome.success) outcome.exit_code = 0;
        return outcome;
    }
    if (text.empty()) return unreadable("the session ended without a status");

    json::parse_options options;
    options.max_depth = max_depth;
    // A message may quote anything; its bytes must not cost us the exit code.
    options.allow_invalid_utf8 = true;
    json::parser parser({}, options);
    error_code failed;
    parser.write(text.data(), text.size(), failed);
    if (failed) return unreadable("the status cannot be read");
    const auto value = parser.release();
    return value.is_object() ? parse_object(value.get_object())
                             : unreadable("the status is not an object");
}

std::string success_status() { return R"({"metadata":{},"status":"Success"})"; }

std::string exit_status(std::uint32_t code)
{
    const auto number = std::to_string(code);
    auto object = failure(
        "command terminated with non-zero exit code: command terminated with exit code " + number,
        non_zero_exit);
    object["details"] = details({{"reason", exit_code_cause}, {"message", number}});
    return json::serialize(object);
}

std::string failure_status(std::string_view message)
{
    auto object = failure(message, internal_error);
    object["details"] = details({{"message", to_printable_utf8(message)}});
    object["code"] = 500;
    return json::serialize(object);
}

std::string http_status(int code, std::string_view reason, std::string_view message)
{
    json::object object{{"kind", "Status"}, {"apiVersion", "v1"}};
    for (auto& member : failure(message, reason)) object.insert(member);
    object["code"] = code;
    return json::serialize(object);
}

} // namespace verbatim::wire::remote_command
