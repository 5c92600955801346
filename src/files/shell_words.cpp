#include "files/shell_words.hpp"

#include <utility>

namespace verbatim::files {
namespace {

// Longer lines are no file transfers.
constexpr std::size_t longest_line = 256 * 1024;

bool is_one_of(char c, std::string_view set) { return set.find(c) != set.npos; }

class splitter {
public:
    explicit splitter(std::string_view line) : rest_(line) {}

    std::optional<std::vector<shell_word>> split()
    {
        while (ok_ && !rest_.empty()) bare(next());
        end_word();
        // "NAME=value program" is an assignment, and `=program` something else to zsh.
        if (words_.empty() || first_has_equals_) ok_ = false;
        if (!ok_) return std::nullopt;
        return std::move(words_);
    }

private:
    char next()
    {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    void bare(char c)
    {
        if (c == ' ' || c == '\t') return end_word();
        if (c == '\'') return single_quoted();
        if (c == '"') return double_quoted();
        if (c == '\\') return escaped();
        if (is_one_of(c, ";&|<>()$`") || static_cast<unsigned char>(c) < ' ') {
            ok_ = false;
            return;
        }
        // What is special only at the beginning of a word, or to some shells.
        if (!in_word_ && is_one_of(c, "#!%=")) ok_ = false;
        if (is_one_of(c, "*?[]{}^~")) pattern(c);
        if (c == '=' && words_.empty()) first_has_equals_ = true;
        put(c);
    }

    void pattern(char c)
    {
        // A tilde stands for a folder, at the beginning only.
        if (c == '~') return;
        word_.pattern = true;
        if (!in_word_) word_.leading_pattern = true;
    }

    void single_quoted()
    {
        in_word_ = true;
        const auto end = rest_.find('\'');
        if (end == rest_.npos) {
            ok_ = false;
            return;
        }
        for (const char c : rest_.substr(0, end)) put_quoted(c);
        rest_.remove_prefix(end + 1);
    }

    void double_quoted()
    {
        in_word_ = true;
        while (ok_) {
            if (rest_.empty()) {
                ok_ = false;
                return;
            }
            char c = next();
            if (c == '"') return;
            if (c == '$' || c == '`') ok_ = false;
            if (c == '\\' && !rest_.empty() && is_one_of(rest_.front(), "$`\"\\\n")) {
                c = next();
                if (c == '\n') ok_ = false;
            }
            put_quoted(c);
        }
    }

    void escaped()
    {
        if (rest_.empty() || rest_.front() == '\n') {
            ok_ = false;
            return;
        }
        put_quoted(next());
    }

    void put(char c)
    {
        in_word_ = true;
        word_.text += c;
    }

    void put_quoted(char c)
    {
        // Shells end a line there, each in its own way.
        if (c == '\0') ok_ = false;
        put(c);
    }

    void end_word()
    {
        if (in_word_) words_.push_back(std::move(word_));
        word_ = {};
        in_word_ = false;
    }

    std::string_view rest_;
    std::vector<shell_word> words_;
    shell_word word_;
    bool in_word_ = false, ok_ = true, first_has_equals_ = false;
};

} // namespace

std::optional<std::vector<shell_word>> split_shell_words(std::string_view line)
{
    if (line.size() > longest_line) return std::nullopt;
    return splitter(line).split();
}

} // namespace verbatim::files
