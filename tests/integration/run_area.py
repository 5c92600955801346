"""run_area.py test_NAME [CASE...]: the cases of one area, then the line that tally.py counts."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))


def main():
    module, names = sys.argv[1], sys.argv[2:]
    loader = unittest.TestLoader()
    if names:
        suite = loader.loadTestsFromNames([f"{module}.{name}" for name in names])
    else:
        suite = loader.loadTestsFromName(module)
    outcome = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, buffer=False).run(suite)
    failed = len(outcome.failures) + len(outcome.errors) + len(outcome.unexpectedSuccesses)
    skipped = len(outcome.skipped)
    # An error in setUpClass or tearDownClass counts as a failure but not as a test that ran.
    passed = max(0, outcome.testsRun - failed - skipped)
    print(f"cases: {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 0 if outcome.wasSuccessful() and outcome.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
