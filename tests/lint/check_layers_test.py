"""The lint must fail on what it is there to find: each planted violation is found, once."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check_layers  # noqa: E402


class PlantedViolations(unittest.TestCase):
    def found(self, path, text):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for top in ("include", "src", "tests"):
                (root / top).mkdir()
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            return check_layers.check(root)[0]

    def assert_one(self, path, text, part):
        found = self.found(path, text)
        self.assertEqual(len(found), 1, found)
        self.assertIn(part, found[0])
        self.assertTrue(found[0].startswith(f"{path}:1: "), found[0])

    def test_an_upward_arrow(self):
        self.assert_one("src/wire/a.cpp", "#include <verbatim/record/recorder.hpp>\n",
                        "wire may not include record")

    def test_a_sideways_arrow_by_a_private_header(self):
        self.assert_one("src/ssh/a.cpp", '#include "session/loop.hpp"\n', "ssh may not include session")

    def test_a_foreign_header_in_an_interface(self):
        self.assert_one("include/verbatim/audit/a.hpp", "#include <openssl/evp.h>\n", "interface header")

    def test_a_generated_header_in_an_interface(self):
        self.assert_one("include/verbatim/wire/a.hpp", "#include <wire/events.pb.h>\n", "interface header")

    def test_libssh_outside_its_layer(self):
        self.assert_one("src/session/a.cpp", "#include <libssh/libssh.h>\n", "libssh belongs")

    def test_asio_in_wire(self):
        self.assert_one("src/wire/a.cpp", "#include <boost/asio/io_context.hpp>\n", "no Asio")

    def test_detached_work(self):
        self.assert_one("src/server/a.cpp", "co_spawn(loop, run(), boost::asio::detached);\n", "detached")

    def test_an_unknown_layer(self):
        self.assert_one("src/misc/a.cpp", "int x;\n", "unknown layer")

    def test_tests_included_by_the_product(self):
        self.assert_one("src/cli/a.cpp", '#include "tests/support/fake.hpp"\n', "nothing outside tests")

    def test_downward_arrows_and_comments_pass(self):
        self.assertEqual(self.found("src/session/a.cpp",
            "#include <verbatim/session/loop.hpp>\n#include <verbatim/base/bytes.hpp>\n"
            "// asio::detached is banned\n"), [])

    def test_an_empty_tree_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            sys.argv = ["check_layers.py", folder]
            self.assertEqual(check_layers.main(), 1)


if __name__ == "__main__":
    unittest.main()
