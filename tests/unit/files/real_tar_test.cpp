// Archives that real programs make, where there are such programs.

#include "tar_samples.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

namespace {

using namespace verbatim;
using namespace verbatim::test;
namespace fs = std::filesystem;

using lines = std::vector<std::string>;

std::string output_of(const std::string& command)
{
    struct closer {
        void operator()(FILE* pipe) const { ::pclose(pipe); }
    };
    const std::unique_ptr<FILE, closer> pipe(::popen((command + " 2>/dev/null").c_str(), "r"));
    std::string out;
    std::array<char, 4096> buffer{};
    while (const auto got = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
        out.append(buffer.data(), got);
    return out;
}

struct tree {
    tree()
    {
        std::string name = (fs::temp_directory_path() / "verbatim-tar-XXXXXX").string();
        BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
        fs::create_directories(path / "t/sub");
        write("t/a", "hello\n", 0640);
        write("t/empty", "", 0755);
        write("t/large", std::string(100'000, 'x'), 0600);
        write("t/" + std::string(200, 'n'), "hello\n", 0644);
        write("t/caf\xe9 \n", "hello\n", 0644);
        fs::create_symlink("../" + std::string(150, 's'), path / "t/sub/soft");
        fs::create_hard_link(path / "t/a", path / "t/sub/hard");
        fs::permissions(path / "t", fs::perms(0755));
        fs::permissions(path / "t/sub", fs::perms(0700));
    }
    ~tree() { fs::remove_all(path); }
    void write(const std::string& name, const std::string& content, int mode) const
    {
        std::ofstream(path / name) << content;
        fs::permissions(path / name, fs::perms(mode));
    }
    /// Which of the two names of one file comes first is the directory's affair.
    lines expected(bool hard_first) const
    {
        const std::string a = "t/a", hard = "t/sub/hard";
        lines all = {"directory t/ 0 755 ", "directory t/sub/ 0 700 ",
            "file t/empty 0 755 e3b0c442", "file t/large 100000 600 d69e6898",
            "file t/" + std::string(200, 'n') + " 6 644 5891b5b5",
            "file t/caf\xe9 \n 6 644 5891b5b5",
            "symlink t/sub/soft -> ../" + std::string(150, 's') + " 0 777 ",
            "file " + (hard_first ? hard : a) + " 6 640 5891b5b5",
            "hardlink " + (hard_first ? a + " -> " + hard : hard + " -> " + a) + " 0 640 "};
        std::ranges::sort(all);
        return all;
    }
    void check(const std::string& program) const
    {
        const auto archive = output_of("cd '" + path.string() + "' && " + program + " t");
        if (archive.empty()) {
            BOOST_TEST_MESSAGE("passed over: " << program);
            return;
        }
        for (const std::size_t step : {archive.size(), std::size_t{1}, std::size_t{1000}}) {
            auto seen = told(observed(archive, step));
            std::ranges::sort(seen);
            const bool hard_first = std::ranges::any_of(
                seen, [](const auto& line) { return line.starts_with("file t/sub/hard"); });
            BOOST_TEST_CONTEXT(program)
            {
                BOOST_TEST(seen == expected(hard_first), boost::test_tools::per_element());
            }
        }
    }

    fs::path path;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(real_tar, tree)

BOOST_AUTO_TEST_CASE(archives_of_gnu_tar_are_read)
{
    for (const auto* format : {"gnu", "pax"})
        check("tar --format=" + std::string(format) + " -cf -");
}

BOOST_AUTO_TEST_CASE(archives_of_busybox_are_read)
{
    check("busybox tar cf -");
    check("/usr/lib/initramfs-tools/bin/busybox tar cf -");
}

BOOST_AUTO_TEST_CASE(archives_of_python_are_read)
{
    for (const auto* format : {"GNU_FORMAT", "PAX_FORMAT"})
        check("python3 -c 'import sys, tarfile; "
              "t = tarfile.open(fileobj=sys.stdout.buffer, mode=\"w|\", format=tarfile." +
              std::string(format) + "); t.add(sys.argv[1]); t.close()'");
}

BOOST_AUTO_TEST_CASE(a_sparse_file_is_flagged)
{
    {
        std::ofstream sparse(path / "t/sparse");
        sparse.seekp(10'000'000);
        sparse << "end";
    }
    for (const auto* format : {"gnu", "pax"}) {
        const auto archive = output_of(
            "cd '" + path.string() + "' && tar --sparse --format=" + format + " -cf - t/sparse");
        if (archive.empty() || archive.size() > 1'000'000) continue; // no GNU tar, or no holes here
        const auto passed = observed(archive);
        BOOST_REQUIRE(passed.size() == 1U);
        BOOST_TEST(passed[0].error.find("sparse") != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
