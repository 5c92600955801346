#include <verbatim/cli/commands.hpp>

#include "cli/recording_argument.hpp"

#include <verbatim/base/clock.hpp>
#include <verbatim/base/text.hpp>
#include <verbatim/replay/playback.hpp>
#include <verbatim/replay/recording_format.hpp>
#include <verbatim/replay/recording_frames.hpp>
#include <verbatim/replay/terminal_player.hpp>
#include <verbatim/replay/time_spec.hpp>

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <charconv>
#include <ostream>

namespace verbatim::cli {
namespace {

class play final : public command {
public:
    std::string_view name() const override { return "play"; }
    std::string_view summary() const override { return "Watch a recorded session again"; }
    std::string_view examples() const override
    {
        return "  verbatim play 7d0c3a52                    the session whose id begins so\n"
               "  verbatim play --speed 4 --skip-idle-time 7d0c3a52\n"
               "  verbatim play --from 12m30s 7d0c3a52      begin there\n"
               "  verbatim play --format text 7d0c3a52 | less\n"
               "  verbatim play --format json session.tar | jq .stream\n"
               "\n"
               "Keys: space pauses, arrows seek 10 s, + and - change the speed, q or Ctrl-C "
               "quits.\n"
               "The terminal is shown only what draws; clipboard writes, queries, titles and the "
               "like\nin the recording are left out, unless --raw is given.\n"
               "Without --format a terminal gets `pty`, anything else `text`; `pty` into a pipe "
               "keeps\nthe timing.\n";
    }
    void add_options(CLI::App& app) override
    {
        app.add_option(
               "recording", recording_, "A session id, its first characters (8 or more), or a file")
            ->required()
            ->type_name("SID|FILE");
        app.add_option("--format", format_, "How to show it")
            ->check(CLI::IsMember({"pty", "text", "json", "yaml"}));
        app.add_option("--speed", speed_, "0.25 to 16 times as fast (pty)")->type_name("N");
        app.add_flag("--skip-idle-time", skip_idle_, "No wait longer than half a second (pty)");
        app.add_option("--from", from_, "Begin at this time of the session: 90, 1m30s, 1:30 (pty)")
            ->type_name("T");
        app.add_flag("--raw", raw_, "Show every byte: the recording may then act on your terminal");
    }
    int run(const context& context) override;

private:
    bool read_options(const context& context, replay::playback_options& options, int& code) const;
    int convert(const context& context, const replay::located_recording& found) const;

    std::string recording_, format_, speed_ = "1", from_;
    bool skip_idle_ = false, raw_ = false;
};

bool play::read_options(const context& context, replay::playback_options& options, int& code) const
{
    std::string_view speed = speed_;
    if (speed.ends_with('x')) speed.remove_suffix(1);
    const auto [end, error] =
        std::from_chars(speed.data(), speed.data() + speed.size(), options.speed);
    if (error != std::errc{} || end != speed.data() + speed.size() ||
        !(options.speed >= replay::playback_options::slowest &&
            options.speed <= replay::playback_options::fastest)) {
        code = refuse(context, "--speed takes a number from 0.25 to 16");
        return false;
    }
    options.skip_idle = skip_idle_;
    if (from_.empty()) return true;
    const auto start = replay::parse_duration(from_);
    if (!start) {
        code = refuse(context, "--from takes a time such as 90, 1m30s or 1:02:03");
        return false;
    }
    options.start = *start;
    return true;
}

int play::convert(const context& context, const replay::located_recording& found) const
{
    auto source = replay::file_source::open(found.path);
    if (!source) return report_fault(context, found, source.error(), nullptr);
    wire::recording_reader reader(**source);
    const auto format = format_ == "json"   ? replay::make_json_format()
                        : format_ == "yaml" ? replay::make_yaml_format()
                                            : replay::make_text_format();
    const auto converted = replay::convert(reader, *format, [&](std::string_view text) {
        return static_cast<bool>(
            context.out.write(text.data(), static_cast<std::streamsize>(text.size())));
    });
    context.out.flush();
    if (!converted) return report_fault(context, found, converted.error(), &reader.verdict());
    return context.out ? done : fail(context, "the output cannot be written");
}

int play::run(const context& context)
{
    int code = done;
    replay::playback_options options;
    if (!read_options(context, options, code)) return code;
    const auto found = find_recording(context, recording_, code);
    if (!found) return code;
    if (format_.empty()) format_ = ::isatty(STDOUT_FILENO) == 1 ? "pty" : "text";
    if (format_ != "pty") return convert(context, *found);

    replay::recording_frames frames(
        [path = found->path]() -> result<std::unique_ptr<wire::recording_source>> {
            auto source = replay::file_source::open(path);
            if (!source) return source.error();
            return std::unique_ptr<wire::recording_source>(std::move(*source));
        });
    replay::playback playback(frames, options);
    const system_clock clock;
    const auto played = replay::play_on_terminal(
        playback, clock, {.output = STDOUT_FILENO, .input = STDIN_FILENO, .raw = raw_});
    if (!played) return report_fault(context, *found, played.error(), frames.verdict());
    return done;
}

} // namespace

std::unique_ptr<command> make_play() { return std::make_unique<play>(); }

} // namespace verbatim::cli
