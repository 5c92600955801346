#include <verbatim/wire/recording_codec.hpp>
#include <verbatim/wire/recording_reader.hpp>

#include <boost/endian/conversion.hpp>
#include <boost/test/unit_test.hpp>

#include <recording.pb.h>

namespace {

using namespace verbatim;
using namespace verbatim::wire;

events::OneOf parsed(byte_view framed)
{
    auto length =
        boost::endian::load_big_u32(reinterpret_cast<const unsigned char*>(framed.data()));
    BOOST_TEST_REQUIRE(framed.size() == 4 + length);
    events::OneOf message;
    BOOST_TEST_REQUIRE(message.ParseFromArray(framed.data() + 4, static_cast<int>(length)));
    return message;
}

print_fields some_fields(stream_tag stream)
{
    print_fields fields;
    fields.index = 300;
    fields.time = wall_time{std::chrono::milliseconds{1'764'000'000'123}};
    fields.stream = stream;
    fields.chunk_index = 7;
    fields.offset = 1 << 20;
    fields.delay_ms = 4242;
    fields.at_us = 4'300'001;
    fields.cluster_name = "example";
    fields.party = "bob";
    return fields;
}

} // namespace

BOOST_AUTO_TEST_SUITE(recording_codec)

BOOST_AUTO_TEST_CASE(the_generated_class_reads_back_a_print_encoded_by_hand)
{
    for (std::size_t size : {0, 1, 127, 128, 16384, 32768}) {
        byte_buffer data(size, std::byte{0xff});
        auto fields = some_fields(stream_tag::standard_output);
        byte_buffer out;
        append_print(out, fields, data);
        BOOST_TEST(out.size() <= max_print_overhead + fields.cluster_name.size() + size);
        auto print = parsed(out).session_print();
        BOOST_TEST(print.metadata().index() == 300);
        BOOST_TEST(print.metadata().type() == "print");
        BOOST_TEST(print.metadata().time().seconds() == 1'764'000'000);
        BOOST_TEST(print.metadata().time().nanos() == 123'000'000);
        BOOST_TEST(print.metadata().cluster_name() == "example");
        BOOST_TEST(print.chunk_index() == 7);
        BOOST_TEST(print.data() == as_text(data));
        BOOST_TEST(print.bytes() == static_cast<std::int64_t>(size));
        BOOST_TEST(print.delay_milliseconds() == 4242);
        BOOST_TEST(print.offset() == 1 << 20);
        BOOST_TEST(print.stream() == 0u);
        BOOST_TEST(print.input().empty());
        BOOST_TEST(print.at_us() == 4'300'001);
        BOOST_TEST(print.party() == "bob");
    }
}

BOOST_AUTO_TEST_CASE(typed_bytes_travel_where_players_show_nothing)
{
    byte_buffer out;
    append_print(
        out, some_fields(stream_tag::standard_input), as_bytes(std::string_view("secret")));
    auto print = parsed(out).session_print();
    BOOST_TEST(print.data().empty());
    BOOST_TEST(print.bytes() == 0);
    BOOST_TEST(print.input() == "secret");
    BOOST_TEST(print.stream() == 2u);
}

BOOST_AUTO_TEST_CASE(a_print_of_zeros_is_as_short_as_the_generated_class_makes_it)
{
    byte_buffer out;
    append_print(out, {}, {});
    BOOST_TEST(out.size() == 4 + parsed(out).ByteSizeLong());
}

BOOST_AUTO_TEST_CASE(a_print_that_is_too_long_is_a_bug)
{
    byte_buffer out;
    BOOST_CHECK_THROW(append_print(out, {}, byte_buffer(max_print_bytes + 1)), std::length_error);
}

BOOST_AUTO_TEST_CASE(kubernetes_fields_stand_in_the_recording)
{
    event_header header;
    header.kubernetes = {
        "prod", {"alice"}, {"dev"}, {{"env", "prod"}}, "cart-\xff", "shop", "app", "img:1", "n3"};
    byte_buffer start_record, end_record, resize_record;
    session_start start;
    start.header = header;
    start.initial_command = {"sh", "-c", "exit 3"};
    BOOST_TEST(append_event(start_record, start, 0).has_value());
    session_end end;
    end.header = header;
    BOOST_TEST(append_event(end_record, end, 0).has_value());
    BOOST_TEST(append_event(resize_record, resize{header, {80, 24}}, 0).has_value());
    const auto check = [](const auto& message) {
        BOOST_TEST(message.kubernetes_cluster().kubernetes_cluster() == "prod");
        BOOST_TEST(message.kubernetes_cluster().kubernetes_users(0) == "alice");
        BOOST_TEST(message.kubernetes_cluster().kubernetes_groups(0) == "dev");
        BOOST_TEST(message.kubernetes_pod().kubernetes_pod_name() == "cart-\\xff");
        BOOST_TEST(message.kubernetes_pod().kubernetes_pod_namespace() == "shop");
        BOOST_TEST(message.kubernetes_pod().kubernetes_container_name() == "app");
        BOOST_TEST(message.kubernetes_pod().kubernetes_container_image() == "img:1");
        BOOST_TEST(message.kubernetes_pod().kubernetes_node_name() == "n3");
    };
    check(parsed(start_record).session_start());
    check(parsed(end_record).session_end());
    check(parsed(resize_record).resize());
    BOOST_TEST(parsed(start_record).session_start().initial_command_size() == 3);
}

BOOST_AUTO_TEST_CASE(events_of_the_audit_log_alone_do_not_stand_in_recordings)
{
    byte_buffer out;
    BOOST_TEST((append_event(out, kube_request_event{}, 0).error() == errc::out_of_range));
    BOOST_TEST((append_event(out, file_transfer{}, 0).error() == errc::out_of_range));
}

BOOST_AUTO_TEST_CASE(part_headers_of_both_versions_come_back)
{
    for (part_header header : {part_header{1, 5, 7, false}, part_header{2, 1ULL << 40, 0, true}}) {
        auto raw = encode(header);
        auto back = decode_part_header(raw);
        BOOST_TEST_REQUIRE(back.has_value());
        BOOST_TEST((*back == header));
        for (std::size_t size = 0; size < raw.size(); ++size)
            BOOST_TEST((decode_part_header(byte_view(raw).first(size)).error() == errc::truncated));
    }
    auto later = encode(part_header{3, 1, 1, false});
    BOOST_TEST((decode_part_header(later).error() == errc::unsupported_version));
}

BOOST_AUTO_TEST_CASE(an_event_that_no_recording_holds_is_refused_and_changes_nothing)
{
    byte_buffer out(3);
    BOOST_TEST((append_event(out, user_login{}, 0).error() == errc::out_of_range));
    session_start huge;
    huge.initial_command = {std::string(70'000, 'x')};
    BOOST_TEST((append_event(out, huge, 0).error() == errc::out_of_range));
    BOOST_TEST(out.size() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
