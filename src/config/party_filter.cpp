#include <verbatim/config/party_filter.hpp>

#include <verbatim/base/text.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace verbatim::config {

struct party_filter::node {
    enum class kind { has_role, is_user, negation, both, either } what;
    std::string word;                        // has_role, is_user
    std::shared_ptr<const node> left, right; // negation: left alone
};

namespace {

using node = party_filter::node;
using node_pointer = std::shared_ptr<const node>;

constexpr std::string_view understood =
    "; understood is: contains(user.spec.roles, \"ROLE\"), user.name == \"NAME\", !, &&, ||, ( )";

class parser {
public:
    explicit parser(std::string_view text) : text_(text) {}

    node_pointer parse()
    {
        auto out = either(0);
        skip_blanks();
        if (out && at_ != text_.size()) return fail();
        return out;
    }
    std::size_t at() const noexcept { return at_; }

private:
    node_pointer either(std::size_t depth)
    {
        auto left = both(depth);
        while (left && take("||")) {
            auto right = both(depth);
            if (!right) return nullptr;
            left = std::make_shared<node>(node{node::kind::either, {}, left, right});
        }
        return left;
    }

    node_pointer both(std::size_t depth)
    {
        auto left = one(depth);
        while (left && take("&&")) {
            auto right = one(depth);
            if (!right) return nullptr;
            left = std::make_shared<node>(node{node::kind::both, {}, left, right});
        }
        return left;
    }

    node_pointer one(std::size_t depth)
    {
        if (depth >= party_filter::deepest) return fail();
        if (take("!")) return negated(one(depth + 1));
        if (take("(")) {
            auto inner = either(depth + 1);
            return inner && take(")") ? inner : fail();
        }
        if (take("contains(")) {
            if (!take("user.spec.roles") && !take("user.roles")) return fail();
            return call_end(node::kind::has_role);
        }
        if (take("equals(")) {
            if (!take_user_name()) return fail();
            return call_end(node::kind::is_user);
        }
        if (!take_user_name()) return fail();
        const bool differs = take("!=");
        if (!differs && !take("==")) return fail();
        const auto word = quoted();
        if (!word) return fail();
        const auto same = leaf(node::kind::is_user, *word);
        return differs ? negated(same) : same;
    }

    // ', "WORD")'
    node_pointer call_end(node::kind what)
    {
        if (!take(",")) return fail();
        const auto word = quoted();
        return word && take(")") ? leaf(what, *word) : fail();
    }

    bool take_user_name() { return take("user.metadata.name") || take("user.name"); }

    std::optional<std::string> quoted()
    {
        skip_blanks();
        if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) return std::nullopt;
        const auto end = text_.find(text_[at_], at_ + 1);
        if (end == text_.npos) return std::nullopt;
        std::string word(text_.substr(at_ + 1, end - at_ - 1));
        if (word.empty() || word.find('\\') != word.npos) return std::nullopt;
        at_ = end + 1;
        return word;
    }

    bool take(std::string_view word)
    {
        skip_blanks();
        if (!text_.substr(at_).starts_with(word)) return false;
        // "!" is not the beginning of "!=".
        if (word == "!" && text_.substr(at_).starts_with("!=")) return false;
        at_ += word.size();
        return true;
    }
    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size()); }

    static node_pointer leaf(node::kind what, std::string word)
    {
        return std::make_shared<node>(node{what, std::move(word), nullptr, nullptr});
    }
    static node_pointer negated(node_pointer of)
    {
        if (!of) return nullptr;
        return std::make_shared<node>(node{node::kind::negation, {}, std::move(of), nullptr});
    }
    static node_pointer fail() { return nullptr; }

    std::string_view text_;
    std::size_t at_ = 0;
};

bool holds(const node& what, std::string_view user, const std::vector<std::string>& roles)
{
    switch (what.what) {
    case node::kind::has_role:
        return std::find(roles.begin(), roles.end(), what.word) != roles.end();
    case node::kind::is_user: return user == what.word;
    case node::kind::negation: return !holds(*what.left, user, roles);
    case node::kind::both: return holds(*what.left, user, roles) && holds(*what.right, user, roles);
    case node::kind::either:
        return holds(*what.left, user, roles) || holds(*what.right, user, roles);
    }
    return false;
}

} // namespace

bool party_filter::parse(std::string_view text, party_filter& to, std::string& why)
{
    parser reading(text);
    auto root = text.size() <= longest ? reading.parse() : nullptr;
    if (!root) {
        why = "cannot be read from '" + escape_for_log(text.substr(reading.at()), 40) + "' on" +
              std::string(understood);
        return false;
    }
    to.role_ = root->what == node::kind::has_role ? root->word : std::string();
    to.root_ = std::move(root);
    to.text_ = text;
    return true;
}

bool party_filter::holds_for(std::string_view user, const std::vector<std::string>& roles) const
{
    return root_ && holds(*root_, user, roles);
}

} // namespace verbatim::config
