"""Every recording that comes with the suite, replayed under every backend: equal checksums, a faithful
replay. TAP, one case per pair."""
import json
import subprocess
import sys

REPLAYER, DESCRIBE, *FILES = sys.argv[1:]
BACKENDS = [a["name"] for a in json.loads(subprocess.run([DESCRIBE], capture_output=True, check=True).stdout)
            ["allocators"] if not a["layer"] and a["name"] != "lib"]


def replay(path, alloc):
    done = subprocess.run([REPLAYER, f"--trace={path}", f"--alloc={alloc}"], capture_output=True, text=True,
                          timeout=300)
    if done.returncode:
        return None, f"exit code {done.returncode}: {done.stderr.strip()}"
    return json.loads(done.stdout), ""


def main():
    failures = 0
    number = 0
    print(f"1..{len(FILES) * (len(BACKENDS) + 1)}")
    for path in FILES:
        name = path.rsplit("/", 1)[-1].removesuffix(".otrace")
        expected = None
        for alloc in BACKENDS:
            report, trouble = replay(path, alloc)
            if report:
                expected = expected or report["checksum"]
                if report["checksum"] != expected:
                    trouble = f"checksum {report['checksum']}, elsewhere {expected}"
                elif report["fidelity"] < 0.999:
                    trouble = f"fidelity {report['fidelity']}: {report['fidelity_parts']}"
                elif not report["whole"]:
                    trouble = report["note"]
            number += 1
            failures += bool(trouble)
            print(f"{'not ok' if trouble else 'ok'} {number} - {name} under {alloc}", flush=True)
            if trouble:
                print("#", trouble)
        number += 1
        fits = report is not None and 100_000 <= report["events"] <= 4_000_000
        size = len(open(path, "rb").read())
        fits = fits and size <= 2_000_000
        failures += not fits
        print(f"{'ok' if fits else 'not ok'} {number} - {name} has a fitting size: {size} bytes")
    return failures != 0


sys.exit(main())
