// Any packet after login, from either peer. What is accepted must be canonical once normalised:
// that is what lets packets pass on as they came.
#include <verbatim/wire/ssh_connection.hpp>
#include <verbatim/wire/terminal_modes.hpp>

#include <cstdint>
#include <cstdlib>

using namespace verbatim;
using namespace verbatim::wire::ssh;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto view = as_bytes(data, size);
    byte_buffer payload(view.begin(), view.end());
    const auto value = decode_and_normalise(payload);
    if (value) {
        byte_buffer again;
        encode(again, *value);
        if (again != payload) std::abort();
    }
    if (value.has_value() != decode(view).has_value()) std::abort();
    const bool recipient = set_recipient(payload, channel_number{1});
    const bool limits = set_limits(payload, {channel_number{2}, 3, 4});
    const bool amount = set_window_amount(payload, 5);
    // A packet that was understood is still understood after its numbers were changed.
    if (value && (recipient || limits || amount) && !decode(payload)) std::abort();
    if (decode_modes(view).has_value() != are_well_formed(view)) std::abort();
    if (describe_modes(view).size() > 20 * size + 16) std::abort(); // bounded by its input
    return 0;
}
