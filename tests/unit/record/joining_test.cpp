#include "unit/record/record_fixture.hpp"

namespace {

using namespace verbatim;
using namespace verbatim::record;
using namespace verbatim::record::test;
using namespace std::chrono_literals;
using wire::stream_tag;
using sizes = std::vector<std::size_t>;
using numbers = std::vector<std::int64_t>;

struct joining_fixture : record_fixture {
    std::unique_ptr<recorder> into = std::move(*open());

    read_back finish()
    {
        BOOST_TEST(run(into->finish(an_end())).has_value());
        auto back = read_recording(finished());
        BOOST_TEST(back.verdict.complete);
        BOOST_TEST(back.verdict.duplicates == 0u);
        return back;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(joining_tests, joining_fixture)

BOOST_AUTO_TEST_CASE(pieces_of_one_stream_within_5_ms_are_one_print_with_the_time_of_the_first)
{
    time.advance(7ms);
    for (auto piece : {"one ", "two ", "three"}) {
        BOOST_TEST(print(*into, piece));
        time.advance(2500us); // the third at 5 ms exactly
    }
    BOOST_TEST(print(*into, "late"));
    auto back = finish();
    BOOST_TEST(back.shown == "one two threelate");
    BOOST_TEST((back.sizes == sizes{13, 4}));
    BOOST_TEST((back.at_us == numbers{7000, 14500}));
    BOOST_TEST((back.delays == numbers{0, 7}));
    BOOST_TEST((back.chunks == numbers{0, 1}));
}

BOOST_AUTO_TEST_CASE(different_streams_are_never_joined)
{
    BOOST_TEST(print(*into, "a", stream_tag::standard_input));
    BOOST_TEST(print(*into, "b"));
    BOOST_TEST(print(*into, "c", stream_tag::standard_error));
    BOOST_TEST(print(*into, "d"));
    BOOST_TEST(print(*into, "e", stream_tag::standard_input));
    auto back = finish();
    BOOST_TEST(back.shown == "bcd");
    BOOST_TEST(back.typed == "ae");
    BOOST_TEST((back.sizes == sizes{1, 1, 1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(an_event_between_two_pieces_keeps_its_place)
{
    BOOST_TEST(print(*into, "before"));
    wire::resize resize{a_start().header, {100, 30}};
    resize.header.metadata.index = into->take_index();
    BOOST_TEST(into->try_event(resize).value());
    BOOST_TEST(print(*into, "after"));
    auto back = finish();
    BOOST_TEST((back.types == std::vector<std::string>{
                                  "session.start", "print", "resize", "print", "session.end"}));
    BOOST_TEST(back.shown == "beforeafter");
}

BOOST_AUTO_TEST_CASE(a_joined_print_is_at_most_32_kib_long)
{
    std::string all;
    for (int i = 0; i < 500; ++i) {
        std::string piece(3000, static_cast<char>('a' + i % 26));
        all += piece;
        BOOST_TEST(print(*into, piece));
        time.advance(20us);
        if (i % 50 == 49) run_until_idle();
    }
    auto back = finish();
    BOOST_TEST((back.shown == all));
    BOOST_TEST(*std::ranges::max_element(back.sizes) == 30'000u);
    BOOST_TEST(back.sizes.size() <= 60u);
}

BOOST_AUTO_TEST_CASE(a_large_piece_stands_by_itself)
{
    BOOST_TEST(print(*into, std::string(100, 'a')));
    BOOST_TEST(print(*into, std::string(8192, 'b')));
    BOOST_TEST(print(*into, std::string(100, 'c')));
    BOOST_TEST((finish().sizes == sizes{100, 8192, 100}));
}

BOOST_AUTO_TEST_CASE(a_piece_that_could_be_joined_is_on_disk_within_a_second)
{
    BOOST_TEST(print(*into, "a"));
    BOOST_TEST(print(*into, "b"));
    time.advance(1s);
    run_until_idle();
    auto back = read_recording(part());
    BOOST_TEST(back.shown == "ab");
    BOOST_TEST((back.sizes == sizes{2}));
}

BOOST_AUTO_TEST_CASE(a_sync_closes_the_print_and_what_comes_next_begins_another)
{
    BOOST_TEST(print(*into, "ab"));
    BOOST_TEST(run(into->sync()).has_value());
    BOOST_TEST(read_recording(part()).shown == "ab");
    BOOST_TEST(print(*into, "c"));
    BOOST_TEST((finish().sizes == sizes{2, 1}));
}

BOOST_AUTO_TEST_CASE(an_abandoned_recorder_leaves_the_open_print_too)
{
    BOOST_TEST(print(*into, "last"));
    into.reset();
    run_until_idle();
    BOOST_TEST(read_recording(part()).shown == "last");
}

BOOST_AUTO_TEST_CASE(a_piece_that_waits_to_be_joined_fills_the_queue)
{
    record_fixture small;
    small.build(10'000);
    auto recorder = small.open();
    BOOST_TEST(print(**recorder, std::string(6000, 'x')));
    BOOST_TEST(!print(**recorder, std::string(6000, 'x')));
}

BOOST_AUTO_TEST_CASE(a_cluster_with_a_long_name_has_its_prints_joined_too)
{
    record_fixture named;
    named.start_.header.metadata.cluster_name.assign(3000, 'n');
    auto recorder = named.open();
    for (int i = 0; i < 100; ++i) BOOST_TEST(print(**recorder, std::string(1000, 'x')));
    BOOST_TEST(named.run((*recorder)->finish(an_end())).has_value());
    auto back = read_recording(named.finished());
    BOOST_TEST(back.verdict.complete);
    BOOST_TEST((back.shown == std::string(100'000, 'x')));
}

BOOST_AUTO_TEST_SUITE_END()
