#pragma once

#include "files/sha256.hpp"
#include "files/transfer_command.hpp"

#include <verbatim/files/observer.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::files {

/// Tells the files of scp's old protocol. One side, the source, sends lines and content; the other,
/// the sink, answers each line and each content with a zero byte or with an error. Where the source
/// does not wait for an answer, acceptance is assumed; should it be an error, nobody knows what the
/// sink made of the bytes, and the rest counts as not understood.
/// Limits: a line 16 KiB, a path 64 KiB, 1024 answers outstanding.
/// Source: OpenSSH's scp.c.
class scp_observer final : public observer {
public:
    /// `command` has a direction.
    scp_observer(const transfer_command& command, permitted may);

    void feed(direction way, byte_view bytes, std::vector<file_passed>& passed) override;
    void end(std::vector<file_passed>& passed) override;
    std::string_view refusal() const noexcept override { return refusal_; }

    static constexpr std::size_t longest_line = 16 * 1024;
    static constexpr std::size_t longest_path = 64 * 1024;
    static constexpr std::size_t most_unanswered = 1024;
    static constexpr std::size_t most_messages = 1000; ///< told

private:
    enum class state : std::uint8_t { line, message, content, content_end };
    /// What an answer of the sink will be to.
    struct question {
        enum class kind : std::uint8_t { plain, first, file_begins, directory, file_ends };
        kind what;
        std::uint64_t number = 0; ///< file_begins: of the file
        file_passed told = {};    ///< directory, file_ends
    };

    void take_source(byte_view bytes);
    void take_line(byte_view& bytes);
    void take_content(byte_view& bytes);
    void take_content_end(byte_view& bytes);
    void take_message(byte_view& bytes);
    void line_ended();
    void begin_file(std::uint32_t mode, std::uint64_t size, std::string_view name);
    void begin_directory(std::uint32_t mode, std::string_view name);
    void leave_directory();
    void pop_folder();
    void content_ended(std::string error);
    void source_failed();

    void take_sink(byte_view bytes);
    void ask(question asked);
    void answered(bool well, std::string_view message);
    void file_rejected(std::uint64_t number, std::string_view message);

    bool enough(std::string& text, byte_view& bytes, std::size_t limit);
    std::string path_of(std::string_view name);
    std::string command_path() const;
    file_passed make_told(std::string_view kind, std::uint32_t mode, std::string path) const;
    void tell(file_passed told) { passed_->push_back(std::move(told)); }
    void tell_unfinished();
    void give_up(std::string_view why);

    direction way_;
    permitted may_;
    std::vector<std::string> paths_; // that the command names, if that is exact
    std::size_t next_path_ = 0;

    state state_ = state::line;
    std::string line_; // of the source, as far as it is there
    bool message_ends_content_ = false;
    std::optional<file_passed> open_;     // the file whose content passes
    std::uint64_t number_ = 0, left_ = 0; // of it
    sha256 hash_;
    std::string folder_;               // ends in a slash, or empty
    std::vector<std::size_t> folders_; // lengths of folder_ before each
    std::size_t messages_ = 0;

    std::deque<question> questions_;
    std::uint64_t early_ = 0; // good answers to what has not been asked yet
    std::string answer_;      // an error of the sink, as far as it is there
    bool in_answer_ = false;

    bool over_ = false;
    std::string refusal_;
    std::vector<file_passed>* passed_ = nullptr; // the caller's, during a call
};

} // namespace verbatim::files
