"""tally.py RESULTS.xml...: adds up CTest's JUnit files into `N passed, N failed, N skipped`.

A test program that says how many cases it ran counts as that many: Boost.Test by its short report,
the integration areas by their line `cases: P passed, F failed, S skipped`. Others count as one.
Exit code 1 if anything failed, or if nothing ran at all.
"""

import re
import sys
import xml.etree.ElementTree as xml

CASES = re.compile(r"^cases: (\d+) passed, (\d+) failed, (\d+) skipped$", re.M)
BOOST = re.compile(r"^\s*(\d+) test cases? out of \d+ (passed|failed|skipped|aborted)", re.M)


def counts(case):
    """(passed, failed, skipped) of one <testcase>."""
    output = case.findtext("system-out") or ""
    bad = case.get("status") == "fail" or case.find("failure") is not None
    passed = failed = skipped = 0
    found = CASES.findall(output)
    if found:
        passed, failed, skipped = (sum(int(row[i]) for row in found) for i in range(3))
    elif case.get("status") in ("notrun", "disabled") or case.find("skipped") is not None:
        skipped = 1
    else:
        for number, what in BOOST.findall(output):
            if what == "passed":
                passed += int(number)
            elif what == "skipped":
                skipped += int(number)
            else:
                failed += int(number)
        if not passed + failed + skipped:
            passed = 0 if bad else 1
    # A crash or a time-out prints no counts, or counts that do not own up to it.
    if bad and not failed:
        failed = 1
    return passed, failed, skipped


def main():
    totals, broken = [0, 0, 0], []
    for file in sys.argv[1:]:
        for case in xml.parse(file).getroot().iter("testcase"):
            row = counts(case)
            totals = [a + b for a, b in zip(totals, row)]
            if row[1]:
                broken.append(case.get("name"))
    for name in broken:
        print(f"failed: {name}")
    print("{} passed, {} failed, {} skipped".format(*totals))
    return 1 if totals[1] or not sum(totals) else 0


if __name__ == "__main__":
    sys.exit(main())
