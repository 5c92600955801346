#include <verbatim/cli/commands.hpp>

#include "cli/recording_argument.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/replay/recording_format.hpp>

#include <CLI/CLI.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <ostream>

namespace verbatim::cli {
namespace {

/// Where the exported text goes.
class export_target {
public:
    export_target() = default;
    ~export_target()
    {
        if (handle_ >= 0) ::close(handle_);
    }
    export_target(const export_target&) = delete;
    export_target& operator=(const export_target&) = delete;

    /// What a session showed is its owner's business: 0600, as the recording itself.
    bool open(const std::string& path)
    {
        handle_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        return handle_ >= 0;
    }
    bool write(std::string_view text) const
    {
        while (!text.empty()) {
            const auto put = ::write(handle_, text.data(), text.size());
            if (put < 0 && errno != EINTR) return false;
            if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
        }
        return true;
    }
    bool is_file() const noexcept { return handle_ >= 0; }

private:
    int handle_ = -1;
};

/// A percentage on the terminal, in the line's place, while long work runs.
class progress {
public:
    progress(std::ostream& err, bool shown) : err_(err), shown_(shown) {}
    void show(std::uint64_t read, std::uint64_t whole)
    {
        const int percent = whole == 0 ? 100 : static_cast<int>(read * 100 / whole);
        if (!shown_ || percent == last_) return;
        last_ = percent;
        err_ << "\rexporting: " << percent << " %" << std::flush;
    }
    void end()
    {
        if (shown_ && last_ >= 0) err_ << "\r\x1b[K" << std::flush;
    }

private:
    std::ostream& err_;
    bool shown_;
    int last_ = -1;
};

class export_recording final : public command {
public:
    std::string_view name() const override { return "export"; }
    std::string_view summary() const override
    {
        return "Write a recording in another form: asciicast, text, json";
    }
    std::string_view examples() const override
    {
        return "  verbatim export 7d0c3a52 --format asciicast -o session.cast\n"
               "  verbatim export session.tar --format text | less\n"
               "\n"
               "An asciicast holds the session's escape sequences as they were: play it only with "
               "a player\nthat you would trust with them. A file made by -o is readable by you "
               "alone.\n";
    }
    void add_options(CLI::App& app) override
    {
        app.add_option(
               "recording", recording_, "A session id, its first characters (8 or more), or a file")
            ->required()
            ->type_name("SID|FILE");
        app.add_option("--format", format_, "The form to write")
            ->required()
            ->check(CLI::IsMember({"asciicast", "html", "text", "json", "yaml"}));
        app.add_option("-o,--output", output_, "Write to this file; without it to stdout")
            ->type_name("OUT");
        app.add_flag("--input", input_, "What was typed as well (asciicast)");
    }
    int run(const context& context) override;

private:
    std::unique_ptr<replay::recording_format> make_format() const
    {
        if (format_ == "asciicast") return replay::make_asciicast_format(input_);
        if (format_ == "text") return replay::make_text_format();
        if (format_ == "yaml") return replay::make_yaml_format();
        return replay::make_json_format();
    }

    std::string recording_, format_, output_;
    bool input_ = false;
};

int export_recording::run(const context& context)
{
    if (format_ == "html")
        return refuse(context, "html is not built yet; take asciicast and a player for it");
    int code = done;
    const auto found = find_recording(context, recording_, code);
    if (!found) return code;
    auto source = replay::file_source::open(found->path);
    if (!source) return report_fault(context, *found, source.error(), nullptr);
    export_target target;
    if (!output_.empty()) {
        std::error_code ignored; // a file that is not there yet is not the same
        if (std::filesystem::equivalent(output_, found->path, ignored))
            return refuse(context, "the output is the recording itself; name another file");
        if (!target.open(output_))
            return fail(context, "cannot write " + escape_for_log(output_) + ": " +
                                     std::error_code(errno, std::generic_category()).message());
    }
    const auto whole = (*source)->size_bytes();
    wire::recording_reader reader(**source);
    progress shown(context.err, target.is_file() && ::isatty(STDERR_FILENO) == 1);
    const auto format = make_format();
    const auto converted = replay::convert(reader, *format, [&](std::string_view text) {
        shown.show(reader.verdict().bytes_read, whole);
        if (target.is_file()) return target.write(text);
        return static_cast<bool>(
            context.out.write(text.data(), static_cast<std::streamsize>(text.size())));
    });
    shown.end();
    context.out.flush();
    if (!converted) return report_fault(context, *found, converted.error(), &reader.verdict());
    return context.out ? done : fail(context, "the output cannot be written");
}

} // namespace

std::unique_ptr<command> make_export() { return std::make_unique<export_recording>(); }

} // namespace verbatim::cli
