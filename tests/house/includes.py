"""The order of the house, as TAP: a folder includes only from itself and from those below it, every
header compiles alone, and every folder has a README of one screen."""
import os
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ORDER = ["base", "os", "alloc", "gc", "runtime/object", "runtime/bytecode", "runtime/compile",
         "runtime/vm", "runtime/modules", "workloads", "bench", "cli"]
# Siblings in runtime/: compile and vm do not see each other.
APART = {("runtime/compile", "runtime/vm"), ("runtime/vm", "runtime/compile")}
# gc/host.h is the seam upwards: declared below, defined above.
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
SCREEN_LINES = 60


def room(path):
    """The longest entry of ORDER that holds the path, or None."""
    text = path.as_posix()
    held = [name for name in ORDER if text.startswith(name + "/")]
    return max(held, key=len) if held else None


def breaches(root, build, sources):
    for source in sources:
        above = room(source)
        if above is None:
            continue
        for name in INCLUDE.findall((root / source).read_text()):
            if name.startswith("test"):
                yield f"{source} includes {name}"
                continue
            target = pathlib.PurePosixPath(name)
            below = room(target)
            if below is None or not (root / name).exists() and not (build / name).exists():
                if not (root / source).parent.joinpath(name).exists() and "/" in name:
                    yield f"{source} includes {name}, which is nowhere"
                continue
            if ORDER.index(below) > ORDER.index(above) or (above, below) in APART:
                yield f"{source} includes {name}, which stands above it"


def compiles(root, build, header, flags):
    command = ["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
               "-Wno-unused-parameter", "-Wno-missing-field-initializers", "-I", str(root), "-I", str(build), *flags,
               "-x", "c", "-include", str(header), "/dev/null"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    return done.returncode == 0, done.stderr


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    # Where headers that are made stand; without it, beside the others.
    build = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else root
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root,
                            capture_output=True, text=True)
    if listed.returncode == 0:
        names = listed.stdout.split()
    else:  # an unpacked archive
        names = [p.relative_to(root).as_posix() for p in root.rglob("*") if "build" not in p.parts[0]]
    files = [pathlib.PurePosixPath(n) for n in names if (root / n).is_file()]
    results = []
    sources = [f for f in files if f.suffix in (".c", ".h", ".cc")]
    bad = list(breaches(root, build, sources))
    results.append(("includes run downwards", not bad, "\n".join(bad)))

    headers = [f for f in sources if f.suffix == ".h" and room(f)]
    # A header of one family need not compile in the other; the build compiles the rest in both.
    families = ("-DGC_RC=1", "-DGC_TRACING=1")
    jobs = [(h, [flag]) for h in headers for flag in families]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tried = list(pool.map(lambda job: compiles(root, build, *job), jobs))
    for i, header in enumerate(headers):
        own = tried[len(families) * i:len(families) * (i + 1)]
        results.append((f"{header} compiles alone", any(fine for fine, _ in own), own[0][1]))

    folders = sorted({f.parent for f in files if len(f.parts) > 1 and room(f)})
    for folder in folders:
        readme = root / folder / "README.md"
        inherited = any((root / p / "README.md").exists() for p in folder.parents if p.name)
        lines = readme.read_text().count("\n") if readme.exists() else 0
        fine = 0 < lines <= SCREEN_LINES if readme.exists() else inherited
        results.append((f"{folder} has a README of one screen", fine, f"{lines} lines"))

    print(f"1..{len(results)}")
    for number, (name, fine, why) in enumerate(results, 1):
        print(f"{'ok' if fine else 'not ok'} {number} - {name}")
        if not fine:
            print("".join(f"# {line}\n" for line in why.splitlines()), end="")
    return 0 if all(fine for _, fine, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
