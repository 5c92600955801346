#include <verbatim/replay/playback.hpp>
#include <verbatim/replay/player_keys.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace verbatim;
using namespace std::chrono_literals;
using replay::playback;
using replay::player_action;
using replay::player_key;
using kind = replay::player_action::kind;

namespace {

struct recorded {
    std::chrono::microseconds at;
    std::string text;
    std::optional<wire::terminal_size> size;
};

/// A recording in memory; it may end with an error instead of its end.
class fake_frames final : public replay::frame_source {
public:
    std::vector<recorded> frames;
    error_code end;
    int rewinds = 0;

    result<std::optional<replay::frame>> next() override
    {
        if (at_ == frames.size()) {
            if (end) return end;
            return std::optional<replay::frame>{};
        }
        const auto& now = frames[at_++];
        replay::frame frame;
        frame.at = now.at;
        frame.bytes = as_bytes(now.text);
        frame.size = now.size;
        return std::optional(frame);
    }
    result<void> rewind() override
    {
        at_ = 0;
        ++rewinds;
        return {};
    }

private:
    std::size_t at_ = 0;
};

/// Plays by hand: time moves only when the test moves it.
struct player {
    fake_frames frames;
    replay::playback_options options;
    std::optional<playback> engine;
    monotonic_time now{};

    player() { frames.frames = {{0s, "a", {}}, {1s, "b", {}}, {5s, "c", {}}, {30s, "d", {}}}; }
    void start() { engine.emplace(frames, options); }
    player_action next()
    {
        if (!engine) start();
        const auto action = engine->next(now);
        BOOST_REQUIRE(action.has_value());
        return *action;
    }
    /// What is shown until something is to be waited for.
    std::string shown()
    {
        std::string text;
        while (true) {
            const auto action = next();
            if (action.what == kind::write) text += as_text(action.bytes);
            else if (action.what == kind::clear) text += "<clear>";
            else if (action.what == kind::set_size) text += "<" + to_string(action.size) + ">";
            else return text;
        }
    }
    std::chrono::nanoseconds wait()
    {
        const auto action = next();
        BOOST_REQUIRE(action.what == kind::wait);
        return action.until - now;
    }
    void press(player_key key) { engine->press(key, now); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(playback_tests, player)

BOOST_AUTO_TEST_CASE(frames_come_at_their_times)
{
    BOOST_TEST(shown() == "a");
    BOOST_TEST((wait() == 1s));
    now += 999ms;
    BOOST_TEST(shown() == "");
    now += 1ms;
    BOOST_TEST(shown() == "b");
    BOOST_TEST((wait() == 4s));
    now += 29s;
    BOOST_TEST(shown() == "cd");
    BOOST_TEST((next().what == kind::finished));
}

BOOST_AUTO_TEST_CASE(speed_divides_every_wait)
{
    options.speed = 4;
    BOOST_TEST(shown() == "a");
    BOOST_TEST((wait() == 250ms));
}

BOOST_AUTO_TEST_CASE(speed_is_held_within_its_bounds)
{
    options.speed = 1000;
    start();
    BOOST_TEST(engine->speed() == 16);
    press(player_key::faster);
    BOOST_TEST(engine->speed() == 16);
    for (int i = 0; i < 20; ++i) press(player_key::slower);
    BOOST_TEST(engine->speed() == 0.25);
}

BOOST_AUTO_TEST_CASE(idle_time_is_cut_to_half_a_second_after_scaling)
{
    options.skip_idle = true;
    options.speed = 4;
    BOOST_TEST(shown() == "a");
    BOOST_TEST((wait() == 250ms));
    now += 250ms;
    BOOST_TEST(shown() == "b");
    BOOST_TEST((wait() == 500ms));
}

BOOST_AUTO_TEST_CASE(a_slow_terminal_does_not_shift_later_frames)
{
    BOOST_TEST(shown() == "a");
    now += 1500ms;
    BOOST_TEST(shown() == "b");
    BOOST_TEST((wait() == 3500ms));
}

BOOST_AUTO_TEST_CASE(a_pause_stops_the_clock)
{
    BOOST_TEST(shown() == "a");
    now += 400ms;
    press(player_key::pause);
    BOOST_TEST((next().what == kind::wait_key));
    now += 1h;
    BOOST_TEST((next().what == kind::wait_key));
    BOOST_TEST((engine->position(now) == 400ms));
    press(player_key::pause);
    BOOST_TEST((wait() == 600ms));
}

BOOST_AUTO_TEST_CASE(seeking_forward_shows_what_was_passed_at_once)
{
    BOOST_TEST(shown() == "a");
    now += 500ms;
    press(player_key::forward); // to 10.5 s
    BOOST_TEST(shown() == "bc");
    BOOST_TEST((wait() == 19500ms));
    BOOST_TEST((engine->position(now) == 10500ms));
    BOOST_TEST(frames.rewinds == 0);
}

BOOST_AUTO_TEST_CASE(seeking_back_starts_again_from_an_empty_screen)
{
    BOOST_TEST(shown() == "a");
    now += 12s;
    BOOST_TEST(shown() == "bc");
    press(player_key::back); // to 2 s
    BOOST_TEST(shown() == "<clear>ab");
    BOOST_TEST(frames.rewinds == 1);
    BOOST_TEST((wait() == 3s));
    press(player_key::back);
    BOOST_TEST(shown() == "<clear>a");
    BOOST_TEST((wait() == 1s));
}

BOOST_AUTO_TEST_CASE(seeking_past_the_end_finishes)
{
    options.start = 1h;
    BOOST_TEST(shown() == "abcd");
    BOOST_TEST((next().what == kind::finished));
}

BOOST_AUTO_TEST_CASE(seeking_while_paused_stays_paused_there)
{
    BOOST_TEST(shown() == "a");
    press(player_key::pause);
    press(player_key::forward);
    BOOST_TEST(shown() == "bc");
    BOOST_TEST((next().what == kind::wait_key));
    now += 1min;
    press(player_key::pause);
    BOOST_TEST((wait() == 20s));
}

BOOST_AUTO_TEST_CASE(two_seeks_in_a_row_add_up)
{
    frames.frames.push_back({60s, "e", {}});
    BOOST_TEST(shown() == "a");
    press(player_key::forward);
    press(player_key::forward);
    BOOST_TEST(shown() == "bc");
    BOOST_TEST((engine->position(now) == 20s));
}

BOOST_AUTO_TEST_CASE(speed_changes_what_is_left_of_a_wait)
{
    BOOST_TEST(shown() == "a");
    now += 1s;
    BOOST_TEST(shown() == "b");
    now += 2s;
    press(player_key::faster);
    BOOST_TEST((wait() == 1s));
    press(player_key::slower);
    press(player_key::slower);
    BOOST_TEST((wait() == 4s));
}

BOOST_AUTO_TEST_CASE(sizes_come_in_their_place_and_a_seek_gives_the_last_one)
{
    frames.frames = {{0s, "", wire::terminal_size{80, 24}}, {1s, "a", {}},
        {2s, "", wire::terminal_size{90, 25}}, {3s, "", wire::terminal_size{100, 30}},
        {20s, "b", {}}};
    BOOST_TEST(shown() == "<80:24>");
    press(player_key::forward);
    BOOST_TEST(shown() == "<100:30>a");
}

BOOST_AUTO_TEST_CASE(of_a_long_skip_only_the_end_is_shown_on_an_empty_screen)
{
    frames.frames.clear();
    const std::string block(32 * 1024, 'x');
    for (int i = 0; i < 100; ++i) frames.frames.push_back({std::chrono::seconds(i), block, {}});
    frames.frames.push_back({200s, "end", {}});
    options.start = 150s;
    const auto text = shown();
    BOOST_TEST(text.starts_with("<clear>xxx"));
    BOOST_TEST(text.size() <= 2 * playback::skipped_tail_bytes + 7);
    BOOST_TEST(text.size() >= playback::skipped_tail_bytes);
}

BOOST_AUTO_TEST_CASE(a_very_long_skip_lets_keys_in_between)
{
    frames.frames.clear();
    const std::string block(1024 * 1024, 'x');
    for (int i = 0; i < 20; ++i) frames.frames.push_back({std::chrono::seconds(i), block, {}});
    options.start = 1h;
    const auto action = next();
    BOOST_TEST((action.what == kind::wait));
    BOOST_TEST((action.until <= now));
    press(player_key::quit);
    BOOST_TEST((next().what == kind::finished));
}

BOOST_AUTO_TEST_CASE(times_that_fall_cost_no_wait)
{
    frames.frames = {{5s, "a", {}}, {1s, "b", {}}, {6s, "c", {}}};
    now += 1min;
    BOOST_TEST((wait() == 5s));
    now += 5s;
    BOOST_TEST(shown() == "ab");
    BOOST_TEST((wait() == 1s));
}

BOOST_AUTO_TEST_CASE(a_cut_recording_is_played_to_the_cut_and_then_fails)
{
    frames.frames.resize(1);
    frames.end = errc::truncated;
    BOOST_TEST(as_text(next().bytes) == "a");
    const auto failed = engine->next(now);
    BOOST_TEST(!failed.has_value());
    BOOST_TEST((failed.error() == errc::truncated));
}

BOOST_AUTO_TEST_CASE(keys_are_understood_whole_and_in_pieces)
{
    using enum player_key;
    const std::vector<player_key> expected = {
        pause, forward, back, forward, back, faster, slower, quit, quit};
    const std::string typed = " \x1b[C\x1b[D\x1bOA\x1b[B+-xq\x03";
    BOOST_TEST((replay::player_keys().feed(typed) == expected));
    replay::player_keys keys;
    std::vector<player_key> found;
    for (const char c : typed)
        for (const auto key : keys.feed({&c, 1})) found.push_back(key);
    BOOST_TEST((found == expected));
}

BOOST_AUTO_TEST_CASE(other_keys_with_parameters_do_nothing_of_their_own)
{
    BOOST_TEST(
        (replay::player_keys().feed("\x1b[3~\x1b[15~\x1b[200~z") == std::vector<player_key>{}));
}

BOOST_AUTO_TEST_SUITE_END()
