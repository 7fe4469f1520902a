"""ouro doctor on machines that are made of files, as TAP: what it finds for which setting; the forms of
its report; --strict. With a second argument also this machine, with real cells."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

OURO = sys.argv[1]
real = len(sys.argv) > 2
home = pathlib.Path(tempfile.mkdtemp(prefix="ouro-doctor-test-"))
results = []

QUIET = {
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance",
    "sys/devices/system/cpu/intel_pstate/no_turbo": "1",
    "sys/devices/system/cpu/smt/active": "0",
    "sys/devices/system/cpu/online": "0-7",
    "sys/devices/system/cpu/isolated": "6-7",
    "proc/loadavg": "0.05 0.10 0.10 1/100 42",
    "proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu sse2 avx2\n",
    "proc/meminfo": "MemTotal:       8388608 kB\nMemFree: 100 kB\nMemAvailable:   4194304 kB\n"
                    "SwapTotal:            0 kB\nSwapFree:             0 kB\n",
    "proc/sys/kernel/randomize_va_space": "2",
    "proc/sys/vm/overcommit_memory": "0",
    "proc/self/cgroup": "0::/user.slice",
    "sys/fs/cgroup/user.slice/cpu.max": "max 100000",
    "sys/fs/cgroup/user.slice/memory.max": "max",
    "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never",
}
KNOBS = ("MALLOC_", "MIMALLOC_", "TCMALLOC_", "GLIBC_TUNABLES", "LD_PRELOAD", "_RJEM_", "JE_MALLOC_")


def machine(**changes):
    root = pathlib.Path(tempfile.mkdtemp(dir=home))
    for name, text in {**QUIET, **changes.get("files", {})}.items():
        if text is None:
            continue
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text if text.endswith("\n") else text + "\n")
    return root


def doctor(*words, **variables):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(KNOBS)}
    return subprocess.run([OURO, "doctor", *map(str, words)], capture_output=True, text=True,
                          timeout=120, env={**clean, **variables})


def findings(root, **variables):
    done = doctor("--root", root, "--json", "--output", home, **variables)
    assert done.returncode == 0, (done.returncode, done.stderr)
    report = json.loads(done.stdout)
    assert report["format"] == "ouroboros-doctor" and report["version"] == 1
    assert report["warnings"] == sum(f["level"] == "warning" for f in report["findings"])
    return {f["subject"]: f for f in report["findings"]}


def case(function):
    try:
        function()
        results.append((True, function.__name__, ""))
    except Exception as problem:
        results.append((False, function.__name__, repr(problem)))
    return function


@case
def a_quiet_machine_is_fine():
    found = findings(machine())
    wrong = {s: f for s, f in found.items() if f["level"] != "fine" and s not in ("build", "gnuplot")}
    assert not wrong, wrong
    for subject in ("governor", "turbo", "smt", "load", "isolation", "virtual", "thp", "aslr",
                    "memory", "swap", "overcommit", "cgroup-cpu", "cgroup-memory", "knobs", "space"):
        assert found[subject]["found"] and not found[subject]["remedy"], found[subject]


CASES = [  # file, text, subject, level, what the report must hold
    ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave", "governor", "warning", "powersave"),
    ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", None, "governor", "note", "does not show"),
    ("sys/devices/system/cpu/intel_pstate/no_turbo", "0", "turbo", "note", "no_turbo"),
    ("sys/devices/system/cpu/intel_pstate/no_turbo", None, "turbo", "note", "does not show"),
    ("sys/devices/system/cpu/smt/active", "1", "smt", "note", "smt/control"),
    ("sys/devices/system/cpu/isolated", "", "isolation", "note", "isolcpus"),
    ("proc/loadavg", "7.50 3.00 1.00 9/100 42", "load", "warning", "7.50 on 8 CPUs"),
    ("proc/loadavg", "0.60 0.10 0.10 1/100 42", "load", "note", "0.60"),
    ("proc/cpuinfo", "flags\t\t: fpu sse2 hypervisor avx2\n", "virtual", "note", "virtual machine"),
    ("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never", "thp", "warning", "echo madvise"),
    ("proc/sys/kernel/randomize_va_space", "0", "aslr", "warning", "randomize_va_space=2"),
    ("proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 204800 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
     "memory", "warning", "200 MiB of 8192 MiB"),
    ("proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\nSwapTotal: 1048576 kB\n"
     "SwapFree: 1048576 kB\n", "swap", "note", "0 MiB of 1024 MiB"),
    ("proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\nSwapTotal: 1048576 kB\n"
     "SwapFree: 524288 kB\n", "swap", "warning", "512 MiB of 1024 MiB"),
    ("proc/sys/vm/overcommit_memory", "2", "overcommit", "warning", "overcommit_memory=0"),
    ("sys/fs/cgroup/user.slice/cpu.max", "50000 100000", "cgroup-cpu", "warning", "50000 100000"),
    ("sys/fs/cgroup/user.slice/memory.max", "536870912", "cgroup-memory", "note", "512 MiB"),
]


def one_change(path, text, subject, level, holds):
    def check():
        found = findings(machine(files={path: text}))
        assert found[subject]["level"] == level, found[subject]
        assert holds in " ".join(found[subject].values()), found[subject]
        others = [s for s, f in found.items()
                  if f["level"] == "warning" and s not in (subject, "build", "gnuplot")]
        assert not others, others
    check.__name__ = f"{subject} {level}: {text.split(chr(10))[0].strip() if text else text}"
    case(check)


for entry in CASES:
    one_change(*entry)


@case
def variables_that_change_allocators():
    for name in ("MALLOC_ARENA_MAX", "MIMALLOC_VERBOSE", "TCMALLOC_RELEASE_RATE"):
        found = findings(machine(), **{name: "1"})["knobs"]
        assert found["level"] == "warning" and found["remedy"] == f"unset {name}", found
        assert f"{name}=1" in found["found"]
    assert findings(machine(), MALLOC_CONF="")["knobs"]["level"] == "fine"


@case
def strict_and_forms():
    bad = machine(files={"proc/sys/kernel/randomize_va_space": "0"})
    assert doctor("--root", bad).returncode == 0
    assert doctor("--root", bad, "--strict").returncode == 4
    text = doctor("--root", bad).stdout
    assert text.startswith("warning") and "> sysctl kernel.randomize_va_space=2" in text
    table = doctor("--root", bad, "--format=md").stdout.splitlines()
    assert all(line.startswith("|") for line in table if line) and len(table) > 10
    assert json.loads(doctor("--root", bad, "--format=json").stdout)["warnings"] >= 1


@case
def refuses_clearly():
    done = doctor("--root", home / "nowhere")
    assert done.returncode == 2 and "nowhere" in done.stderr
    assert doctor("--format=csv").returncode == 2


if real:
    @case
    def this_machine():
        before = set(pathlib.Path(tempfile.gettempdir()).glob("ouro-doctor-??????"))
        done = doctor("--json")
        assert done.returncode == 0, (done.returncode, done.stderr)
        found = {f["subject"]: f for f in json.loads(done.stdout)["findings"]}
        for subject in ("spin", "wait", "timer", "counters", "cpus", "allocators", "noise"):
            assert subject in found, subject
        assert "8 comparisons of 5 against 5" in found["noise"]["found"], found["noise"]
        assert "pool" in found["allocators"]["found"], found["allocators"]
        after = set(pathlib.Path(tempfile.gettempdir()).glob("ouro-doctor-??????"))
        assert not after - before

subprocess.run(["rm", "-rf", str(home)], check=True)
print(f"1..{len(results)}")
for number, (fine, name, why) in enumerate(results, 1):
    print(f"{'ok' if fine else 'not ok'} {number} - {name.replace('_', ' ')}")
    if why:
        print(f"# {why}")
sys.exit(0 if all(fine for fine, _, _ in results) else 1)
