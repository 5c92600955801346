#include <verbatim/wire/recording_reader.hpp>

#include "unit/wire/recording_samples.hpp"

#include <verbatim/wire/record_stream.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using namespace verbatim::wire;

struct reading {
    std::vector<recorded_event> events;
    std::string shown;
    recording_verdict verdict;
};

reading read_all(byte_view file, std::size_t at_most = SIZE_MAX)
{
    memory_source source(file, at_most);
    recording_reader reader(source);
    reading all;
    for (;;) {
        auto next = reader.next();
        if (!next || !*next) break;
        if (auto* print = std::get_if<recorded_print>(&(*next)->body))
            all.shown += as_text(print->data);
        all.events.push_back(std::move(**next));
    }
    all.verdict = reader.verdict();
    return all;
}

std::string shown_of(std::int64_t last)
{
    std::string text;
    for (std::int64_t i = 1; i <= last; ++i) text += "print " + std::to_string(i) + "\r\n";
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(recording_reader_tests)

BOOST_AUTO_TEST_CASE(parts_padding_empty_parts_and_both_versions_read_as_one_stream)
{
    auto file = samples::several_parts();
    for (std::size_t step : {std::size_t{1}, std::size_t{7}, SIZE_MAX}) {
        auto all = read_all(file, step);
        BOOST_TEST(all.verdict.complete);
        BOOST_TEST(all.events.size() == 10u);
        BOOST_TEST(all.shown == shown_of(9));
        BOOST_TEST(all.verdict.parts == 3u);
        BOOST_TEST(all.verdict.sound_bytes == file.size());
        for (std::size_t i = 0; i < all.events.size(); ++i)
            BOOST_TEST(all.events[i].index == static_cast<std::int64_t>(i));
    }
}

BOOST_AUTO_TEST_CASE(an_event_comes_back_as_it_was_given)
{
    auto given = samples::start();
    given.header.user.login = "ro\xffot";
    given.initial_command = {"\xfe", "b"};
    byte_buffer records;
    BOOST_TEST_REQUIRE(append_event(records, given, 55).has_value());
    auto all = read_all(samples::part(records));
    BOOST_TEST_REQUIRE(all.events.size() == 1u);
    BOOST_TEST(all.events[0].type == "session.start");
    BOOST_TEST(all.events[0].at_us == 55);
    auto& back = std::get<session_start>(std::get<event>(all.events[0].body));
    BOOST_TEST((back.header.session == given.header.session));
    BOOST_TEST(back.header.user.login == given.header.user.login);
    BOOST_TEST(back.header.user.roles == given.header.user.roles);
    BOOST_TEST((back.header.server.server_labels == given.header.server.server_labels));
    BOOST_TEST(back.header.connection.connection_id == 9u);
    BOOST_TEST((back.header.metadata.time == given.header.metadata.time));
    BOOST_TEST((back.size == given.size));
    BOOST_TEST(back.initial_command == given.initial_command);
}

BOOST_AUTO_TEST_CASE(a_file_cut_at_any_byte_gives_a_prefix_and_says_where_it_is_sound)
{
    auto file = samples::several_parts();
    for (std::size_t size = 0; size < file.size(); ++size) {
        auto all = read_all(byte_view(file).first(size));
        BOOST_TEST(shown_of(9).starts_with(all.shown));
        BOOST_TEST(all.verdict.sound_bytes <= size);
        if (all.verdict.complete) BOOST_TEST(all.verdict.sound_bytes == size);
        else BOOST_TEST((all.verdict.error == errc::truncated));
    }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_never_passes_for_sound_where_the_checksum_stands_over_it)
{
    auto file = samples::part(samples::start_and_prints(0, 5));
    for (std::size_t at = part_header_bytes + 10; at < file.size(); ++at) {
        auto bad = file;
        bad[at] ^= std::byte{0x10};
        auto all = read_all(bad);
        // The few bits that fill up the deflate stream's last byte mean nothing.
        BOOST_TEST((!all.verdict.complete || all.shown == shown_of(5)));
    }
}

BOOST_AUTO_TEST_CASE(events_whose_index_does_not_rise_are_skipped)
{
    byte_buffer records;
    samples::add_print(records, 5, "a");
    samples::add_print(records, 5, "b");
    samples::add_print(records, 4, "c");
    samples::add_print(records, 9, "d");
    auto all = read_all(samples::part(records));
    BOOST_TEST(all.shown == "ad");
    BOOST_TEST(all.verdict.duplicates == 2u);
}

BOOST_AUTO_TEST_CASE(an_encrypted_part_and_a_later_version_are_named)
{
    auto encrypted = encode(part_header{2, 10, 0, true});
    BOOST_TEST((read_all(encrypted).verdict.error == errc::encrypted));
    auto later = encode(part_header{9, 10, 0, false});
    BOOST_TEST((read_all(later).verdict.error == errc::unsupported_version));
}

BOOST_AUTO_TEST_CASE(a_record_without_length_or_beyond_the_limit_ends_the_reading)
{
    byte_buffer empty(4);
    BOOST_TEST((read_all(samples::part(empty)).verdict.error == errc::malformed));
    byte_buffer huge{std::byte{0}, std::byte{2}, std::byte{0}, std::byte{0}};
    BOOST_TEST((read_all(samples::part(huge)).verdict.error == errc::out_of_range));
    byte_buffer cut{std::byte{0}, std::byte{0}, std::byte{0}, std::byte{9}, std::byte{1}};
    BOOST_TEST((read_all(samples::part(cut)).verdict.error == errc::malformed));
}

BOOST_AUTO_TEST_CASE(an_unknown_event_keeps_its_place_and_number)
{
    // OneOf field 19 (Exec) { field 1 (metadata) { index 3, type "exec" } }
    const std::string body("\x9a\x01\x0a\x0a\x08\x08\x03\x12\x04"
                           "exec",
        13);
    byte_buffer records{std::byte{0}, std::byte{0}, std::byte{0}, std::byte{13}};
    append(records, as_bytes(body));
    auto all = read_all(samples::part(records));
    BOOST_TEST_REQUIRE(all.events.size() == 1u);
    BOOST_TEST(all.events[0].index == 3);
    BOOST_TEST(all.events[0].type == "exec");
    BOOST_TEST(std::get<recorded_other>(all.events[0].body).number == 19u);
}

BOOST_AUTO_TEST_CASE(a_recording_without_our_fields_gets_its_times_from_the_delays)
{
    byte_buffer records;
    for (int i = 0; i < 3; ++i) {
        print_fields fields;
        fields.index = i;
        fields.time = wall_time{std::chrono::seconds(1'764'000'000 + i)};
        fields.delay_ms = 1000 * i;
        append_print(records, fields, as_bytes(std::string_view("x")));
    }
    auto all = read_all(samples::part(records));
    BOOST_TEST_REQUIRE(all.events.size() == 3u);
    BOOST_TEST(all.events[2].at_us == 2'000'000);
    BOOST_TEST(
        (std::get<recorded_print>(all.events[2].body).stream == stream_tag::standard_output));
}

BOOST_AUTO_TEST_SUITE_END()
