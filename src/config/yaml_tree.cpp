#include "config/yaml_tree.hpp"

#include <verbatim/base/text.hpp>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <sstream>

namespace verbatim::config {
namespace {

constexpr std::size_t max_depth = 32;

struct given_up {
    int line;
    std::string message;
};

int line_of(const YAML::Mark& mark) { return mark.is_null() ? 0 : mark.line + 1; }

class tree_builder final : public YAML::EventHandler {
public:
    tree_builder(const std::filesystem::path& file, std::vector<problem>& problems)
        : file_(file), problems_(problems)
    {}

    yaml_value take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        yaml_value value;
        value.line = line_of(mark);
        remember(anchor, value);
        add(std::move(value));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) throw given_up{line_of(mark), "an alias inside what it names"};
        count(found->second.size(), line_of(mark));
        auto copy = found->second;
        copy.line = line_of(mark);
        add_counted(std::move(copy));
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
        const std::string& text) override
    {
        yaml_value value;
        value.line = line_of(mark);
        value.plain = tag == "?";
        if (!value.plain && tag != "!" && !tag.empty()) refuse_tag(value.line, tag);
        // "~" and nothing come as OnNull; the words do not.
        const bool null_word = value.plain && (text == "null" || text == "Null" || text == "NULL");
        value.what = null_word ? yaml_value::kind::null : yaml_value::kind::scalar;
        value.text = text;
        for (const char c : text) {
            if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) continue;
            complain(value.line, "a control character or line end in '" + escape_for_log(text, 60) +
                                     "'; write the value on one line");
            break;
        }
        remember(anchor, value);
        add(std::move(value));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
        YAML::EmitterStyle::value) override
    {
        open(yaml_value::kind::list, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
        YAML::EmitterStyle::value) override
    {
        open(yaml_value::kind::map, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

private:
    struct level {
        yaml_value value;
        YAML::anchor_t anchor = 0;
        bool key_next = true;
        std::map<std::string, int> seen{};
    };

    void complain(int line, std::string message)
    {
        if (problems_.size() < 1000) problems_.push_back({file_, line, std::move(message)});
    }

    void refuse_tag(int line, const std::string& tag)
    {
        complain(line, "the tag '" + escape_for_log(tag, 60) + "' has no meaning here");
    }

    void count(std::size_t values, int line)
    {
        count_ += values;
        if (count_ > max_values)
            throw given_up{line, "more than " + std::to_string(max_values) + " values"};
    }

    void open(yaml_value::kind what, const YAML::Mark& mark, const std::string& tag,
        YAML::anchor_t anchor)
    {
        if (open_.size() == max_depth) throw given_up{line_of(mark), "nested too deeply"};
        if (tag != "?" && tag != "!" && !tag.empty()) refuse_tag(line_of(mark), tag);
        count(1, line_of(mark));
        level next;
        next.value.what = what;
        next.value.line = line_of(mark);
        next.anchor = anchor;
        open_.push_back(std::move(next));
    }

    void close()
    {
        auto done = std::move(open_.back());
        open_.pop_back();
        remember(done.anchor, done.value);
        add_counted(std::move(done.value));
    }

    void remember(YAML::anchor_t anchor, const yaml_value& value)
    {
        if (anchor == 0) return;
        count(value.size(), value.line); // the copy that waits for aliases costs memory as well
        anchors_[anchor] = value;
    }

    void add(yaml_value value)
    {
        count(1, value.line);
        add_counted(std::move(value));
    }

    void add_counted(yaml_value value)
    {
        if (open_.empty()) {
            root_ = std::move(value);
            return;
        }
        auto& top = open_.back();
        if (top.value.what == yaml_value::kind::map && top.key_next) {
            add_key(top, value);
            return;
        }
        top.key_next = true;
        top.value.items.push_back(std::move(value));
    }

    void add_key(level& top, const yaml_value& key)
    {
        top.key_next = false;
        if (key.what != yaml_value::kind::scalar) complain(key.line, "a key must be a word");
        const auto [first, fresh] = top.seen.emplace(key.text, key.line);
        if (!fresh)
            complain(key.line, "key '" + escape_for_log(key.text, 60) +
                                   "' again; it is already on line " +
                                   std::to_string(first->second));
        top.value.keys.emplace_back(key.text, key.line);
    }

    const std::filesystem::path& file_;
    std::vector<problem>& problems_;
    yaml_value root_;
    std::vector<level> open_;
    std::map<YAML::anchor_t, yaml_value> anchors_;
    std::size_t count_ = 0;
};

std::string_view line_at(std::string_view text, int line)
{
    for (int i = 1; i < line; ++i) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

bool is_indented_by_tab(std::string_view line)
{
    return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size())).find('\t') !=
           std::string_view::npos;
}

// yaml-cpp's words for a tab are about "simple keys", often at the line after it.
problem explain(std::string_view text, const std::filesystem::path& file, int line, std::string why)
{
    for (const int at : {line, line - 1, line + 1})
        if (at > 0 && is_indented_by_tab(line_at(text, at)))
            return {file, at, "a tab in the indentation; YAML wants spaces"};
    return {file, line, "not YAML: " + escape_for_log(why)};
}

int first_line_that_is_not_text(std::string_view text)
{
    int line = 1;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto part = text.substr(0, end);
        if (!is_utf8(part) || part.find('\0') != std::string_view::npos) return line;
        text.remove_prefix(std::min(end + 1, text.size()));
        ++line;
    }
    return 0;
}

} // namespace

std::size_t yaml_value::size() const noexcept
{
    std::size_t total = 1 + keys.size();
    for (const auto& item : items) total += item.size();
    return total;
}

yaml_value read_yaml(
    std::string_view text, const std::filesystem::path& file, std::vector<problem>& problems)
{
    if (text.size() > max_file_bytes) {
        problems.push_back({file, 0, "larger than 4 MiB; is this the right file?"});
        return {};
    }
    if (const int line = first_line_that_is_not_text(text); line != 0) {
        problems.push_back({file, line, "not UTF-8 text"});
        return {};
    }
    tree_builder builder(file, problems);
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        parser.HandleNextDocument(builder);
        auto root = builder.take();
        tree_builder second(file, problems);
        if (parser.HandleNextDocument(second))
            problems.push_back({file, second.take().line, "a second document; only one is read"});
        return root;
    } catch (const given_up& error) {
        problems.push_back({file, error.line, error.message});
    } catch (const YAML::Exception& error) {
        problems.push_back(explain(text, file, line_of(error.mark), error.msg));
    } catch (const std::exception& error) {
        // yaml-cpp 0.7 lets some of its own faults out as plain standard exceptions.
        problems.push_back({file, 0, std::string("not YAML: ") + escape_for_log(error.what())});
    }
    return {};
}

} // namespace verbatim::config
