#include "ssh/engine.hpp"
#include "ssh/private_key.hpp"

#include <cstdlib>
#include <string>
#include <vector>

// Whatever a stranger sends before the login: the server's engine takes it in bounded steps,
// answers or fails, and never lets it in.
namespace {

int take(void*, const void*, std::size_t) { return 0; }

verbatim::ssh::host_key_handle make_host_key()
{
    const auto pair = verbatim::ssh::generate_key("ed25519", "fuzz");
    if (!pair) std::abort();
    return verbatim::ssh::host_key_handle{
        ::verbatim_host_key_parse(std::string(pair->private_text.reveal()).c_str())};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto host_key = make_host_key(); // made once: a process is one fuzzer
    static const verbatim::ssh::algorithms offered;
    verbatim_engine_options options{};
    options.server = 1;
    options.kex = offered.kex.c_str();
    options.ciphers = offered.ciphers.c_str();
    options.macs = offered.macs.c_str();
    options.compression = "none,zlib@openssh.com";
    options.accepted_user_keys = offered.user_keys.c_str();
    options.software = "fuzz";
    options.ed25519 = host_key.get();
    options.write = take;
    const verbatim::ssh::engine_handle engine{::verbatim_engine_new(&options)};
    if (!engine || ::verbatim_engine_start(engine.get()) != 0) std::abort();
    std::vector<std::uint8_t> bytes(data, data + size); // the engine may change them
    std::size_t at = 0;
    while (at < bytes.size()) {
        const long used =
            ::verbatim_engine_feed(engine.get(), bytes.data() + at, bytes.size() - at);
        if (used <= 0) break;
        at += static_cast<std::size_t>(used);
        std::size_t auth_size = 0;
        if (::verbatim_engine_auth_message(engine.get(), &auth_size))
            ::verbatim_engine_auth_reply(engine.get(), "\x33\0\0\0\0\0", 6, 0); // a refusal
        if (::verbatim_engine_phase(engine.get()) == VERBATIM_PHASE_OPEN) std::abort();
        std::size_t message_size = 0;
        if (::verbatim_engine_message(engine.get(), &message_size)) std::abort();
    }
    return 0;
}
