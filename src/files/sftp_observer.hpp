#pragma once

#include "files/sftp_file.hpp"
#include "files/sftp_packets.hpp"
#include "files/sftp_request.hpp"

#include <verbatim/files/observer.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace verbatim::files {

/// Tells the files of an SFTP session, version 3, by its requests and their answers: one entry for
/// a file that was open, when it is closed; one for everything else that was done, when it is
/// answered. Questions (stat, readdir, ...) are not told. Of a request that is not permitted type
/// and name are changed, so that the target does not know it; its answer, "not supported", becomes
/// "permission denied". One whose first bytes have gone on already ends the session.
/// Limits: see the constants; where one is reached, that is told, too.
class sftp_observer final : public observer {
public:
    explicit sftp_observer(permitted may) : may_(may) {}

    void feed(direction way, byte_view bytes, std::vector<file_passed>& passed) override;
    void end(std::vector<file_passed>& passed) override;
    std::span<const edit> edits() const noexcept override { return edits_; }
    std::string_view refusal() const noexcept override { return refusal_; }

    static constexpr std::size_t most_files = 4096;            ///< open at once and followed
    static constexpr std::size_t most_requests = 8192;         ///< without an answer
    static constexpr std::size_t most_names = 4 * 1024 * 1024; ///< bytes of names of these

private:
    using file_number = std::uint64_t; ///< 0: none

    struct request {
        sftp_request::role does = sftp_request::role::harmless;
        std::uint8_t type = 0;
        file_number file = 0;
        std::uint64_t offset = 0;
        std::unique_ptr<file_passed> told; ///< of what is told when it is answered
        bool refused = false;
    };

    void take_request(const sftp_piece& piece);
    void take_first_request(const sftp_piece& piece);
    bool is_refused(const sftp_request& asked, const sftp_piece& piece);
    bool make_unknown(const sftp_piece& piece);
    bool change(const sftp_packets& of, std::size_t at, std::uint8_t to);
    void refused_answered(const sftp_piece& piece);
    request note_request(const sftp_request& asked);
    void note_question(std::uint8_t type, const sftp_request& asked);
    void note_copy(const sftp_request& asked);
    std::unique_ptr<file_passed> make_told(const sftp_request& asked) const;

    void take_answer(const sftp_piece& piece);
    void take_version(const sftp_piece& piece);
    void answered(request& asked, std::uint32_t id, std::uint8_t type, std::string_view body);
    void file_opened(request& asked, std::string_view handle);
    void status_given(request& asked, std::uint32_t code);
    void question_answered(
        const request& asked, std::uint32_t id, std::string_view body, std::uint8_t type);

    void take_content(const sftp_piece& piece, bool to_target);
    sftp_file* find(file_number number);
    file_number number_of(std::string_view handle) const;
    void close_file(file_number number, bool closed);
    void tell(file_passed told);
    void tell_unanswered();
    void tell_stray(direction way, std::uint64_t size);
    void give_up(std::string_view why);

    permitted may_;
    sftp_packets requests_{true}, answers_{false};
    std::unordered_map<std::uint32_t, request> pending_;
    std::unordered_map<file_number, sftp_file> files_;
    std::unordered_map<std::string, file_number> handles_;
    file_number next_file_ = 1;
    std::size_t names_ = 0; // bytes of pending_ and files_
    // Of content that is passing: its file, by direction.
    file_number writing_ = 0, reading_ = 0;
    bool writes_nothing_ = false;                      // it is refused
    std::uint64_t stray_written_ = 0, stray_read_ = 0; // bytes of content of no known file
    std::uint32_t client_version_ = 0;
    bool client_began_ = false, target_began_ = false, over_ = false;
    std::string folder_;
    // The last question about a path, so that a download is told with its mode.
    std::string asked_path_;
    attributes asked_attrs_;
    std::uint32_t question_id_ = 0, folder_id_ = 0;
    bool folder_asked_ = false;
    std::vector<edit> edits_;
    std::uint64_t fed_from_ = 0; // where in its direction begins what is being fed
    std::string refusal_;
    std::vector<file_passed>* passed_ = nullptr; // the caller's, during a call
};

} // namespace verbatim::files
